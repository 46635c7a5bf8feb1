"""API keys: made, listed, checked, revoked."""
