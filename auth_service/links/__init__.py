"""Tokens that work once: computed from a row, so that none is stored."""
