"""Strategies, their versions, and the sandbox that runs them."""
