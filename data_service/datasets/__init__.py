"""Datasets: uploaded, listed, judged, deleted."""
