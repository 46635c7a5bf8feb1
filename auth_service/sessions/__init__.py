"""Sign in, carry on, sign out."""
