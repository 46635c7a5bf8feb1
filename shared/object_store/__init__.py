"""Immutable objects by key: S3 when it is configured, files in the state folder otherwise."""
