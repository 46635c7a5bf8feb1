"""Backtests: jobs, trusted replay, results."""
