"""How many wrong passwords and codes are looked at before we stop looking."""
