"""Strangers' code in a locked process: the host that starts it and the child that runs it."""
