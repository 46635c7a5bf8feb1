"""Webhooks: channels that are URLs, with a signing secret."""
