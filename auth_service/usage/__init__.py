"""What workspaces use of their allowances: reserved first, settled afterwards."""
