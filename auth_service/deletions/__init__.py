"""Erase accounts, truly, and say what was erased."""
