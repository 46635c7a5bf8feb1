"""Erase what belongs to a workspace, and remember how much that was."""
