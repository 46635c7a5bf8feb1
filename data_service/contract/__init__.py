"""What other services may know of the data service: schemas, events, errors."""
