"""The pages that links in mails lead to; all else of the platform is an API."""
