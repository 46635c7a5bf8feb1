"""What the notification service promises: schemas, errors, event types."""
