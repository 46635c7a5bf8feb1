"""Mails about accounts: confirmations, new passwords, warnings, invitations."""
