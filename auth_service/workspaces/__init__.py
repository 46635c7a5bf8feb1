"""Teams: members with roles in shared workspaces."""
