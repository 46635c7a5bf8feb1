"""The outside world, as the logic service reaches it."""
