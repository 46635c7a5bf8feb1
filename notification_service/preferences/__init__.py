"""Preferences: what the inbox shows, in which language, and when devices stay silent."""
