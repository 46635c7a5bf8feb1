"""Pure rules of the data service."""
