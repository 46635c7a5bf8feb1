"""The keys that hashes are made with, and moving everything to a new master key."""
