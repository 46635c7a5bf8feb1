"""Sign in with a key that an authenticator keeps, instead of a password and a code."""
