"""Ask the notification service to send mails; it asks back for the links."""
