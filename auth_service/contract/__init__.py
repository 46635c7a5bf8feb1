"""What other services may know of the auth service: schemas, events, errors, tokens."""
