"""Versions: check, hash, store, read back, compare."""
