"""Keys that access tokens are signed with, and the set that others check them with."""
