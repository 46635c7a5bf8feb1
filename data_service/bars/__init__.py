"""Bars in the time-series table: copied in, read as columns, rolled up."""
