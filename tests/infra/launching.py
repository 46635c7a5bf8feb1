"""A launcher in a process of its own, to be killed."""

import contextlib
import os
import select
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg

PATIENCE_S = 20.0
UNNAMED = 123456
"""A user id without an entry in the passwd file, as containers may have."""


class Launcher:
    """A running `launcher.py`; ``facts`` is what it printed."""

    def __init__(self, process: subprocess.Popen[str], facts: dict[str, Any]) -> None:
        self.process = process
        self.facts = facts
        # A handle keeps meaning the same process, also when its number is used again.
        self._children = [os.pidfd_open(pid) for pid in facts["pids"]]

    @property
    def dsn(self) -> str:
        """The address for psycopg."""
        url: str = self.facts["database"]
        return url.replace("+asyncpg", "")

    def kill(self) -> None:
        """End the launcher as kill -9 does."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def wait_for_children(self) -> None:
        """Return once all children are gone; fail when one stays."""
        for child in self._children:
            assert select.select([child], [], [], PATIENCE_S)[0], "a child outlived its launcher"

    def close(self) -> None:
        """Stop the launcher, if it still runs. Whatever ended it, no child may stay."""
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)
        self.wait_for_children()
        for child in self._children:
            os.close(child)


def commit_until_gone(dsn: str, kill: Callable[[], None], *, kill_after: int = 100) -> int:
    """Insert into table `facts` row by row; return how many commits were acknowledged.

    ``kill`` is called in the middle; the inserts go on until the server no longer answers.
    """
    acknowledged = 0
    with contextlib.closing(psycopg.connect(dsn, autocommit=True)) as connection:
        connection.execute("CREATE TABLE facts (number int)")
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                connection.execute("INSERT INTO facts VALUES (%s)", [acknowledged])
                acknowledged += 1
                if acknowledged == kill_after:
                    kill()
    return acknowledged


def count_facts(dsn: str) -> tuple[int, int]:
    """Return how many different rows and how many rows table `facts` has."""
    with contextlib.closing(psycopg.connect(dsn)) as connection:
        row = connection.execute("SELECT count(DISTINCT number), count(*) FROM facts").fetchone()
    assert row is not None
    return row[0], row[1]
