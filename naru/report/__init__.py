"""A run as people look at it: one HTML page, or a summary in the terminal."""
