"""Channels: mail addresses, devices and telephone numbers of a workspace."""
