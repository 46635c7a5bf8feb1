"""Pure rules: which addresses are public, how events read in words."""
