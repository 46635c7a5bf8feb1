"""Strategies: create, read, rename, fork, roll back, delete."""
