"""Users, plans and keys, as administrators of the installation see them."""
