"""Sign in with an account elsewhere; link and unlink such accounts."""
