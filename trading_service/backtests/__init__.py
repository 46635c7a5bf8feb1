"""Backtests: asked for, run once, kept with their artifacts."""
