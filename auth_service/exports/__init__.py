"""Hand over all that a workspace has, in one archive."""
