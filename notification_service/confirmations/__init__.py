"""Confirmations: a new address or number is sent a code, and nothing else before it is given."""
