"""Alembic for every service: each has its own folder of versions and its own schema."""
