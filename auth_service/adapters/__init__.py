"""The outside world: accounts elsewhere."""
