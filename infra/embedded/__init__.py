"""PostgreSQL and Valkey from their wheels, started and watched by the launcher."""
