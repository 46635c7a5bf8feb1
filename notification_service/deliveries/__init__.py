"""Deliveries: each event to each channel that wants it, until it has arrived or been given up."""
