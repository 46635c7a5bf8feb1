"""Snapshots: bars frozen under the hash of their content, for runs."""
