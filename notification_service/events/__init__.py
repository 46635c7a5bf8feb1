"""What has happened in a workspace, under public names."""
