"""The one place where the platform reads the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current instant, timezone-aware, in UTC."""
    return datetime.now(UTC)
