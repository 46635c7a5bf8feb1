"""Pure rules of the logic service."""
