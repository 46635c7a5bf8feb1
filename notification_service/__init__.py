"""Tells owners what happened: webhooks, e-mail, push, SMS."""
