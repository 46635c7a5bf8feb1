"""Pure rules: the form of keys and tokens, and what makes a password acceptable."""
