"""Metrics: what runs of a version came to, counted where every process can read it."""
