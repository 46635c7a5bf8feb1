"""What other services may know of the logic service: schemas, events, errors."""
