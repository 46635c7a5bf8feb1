"""What the trading service promises: schemas, errors, events."""
