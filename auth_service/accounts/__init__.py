"""Users and their workspaces."""
