"""Who may do what: users, sessions, API keys, plans."""
