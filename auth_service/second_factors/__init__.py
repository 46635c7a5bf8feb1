"""Two-factor sign-in and step-up."""
