"""Stopping a run from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancellation:
    """A request to stop, given once. Pass one to each run; any thread may call ``cancel``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    def cancel(self) -> None:
        """Ask the run to stop. Calling it again changes nothing."""
        with self._lock:
            self._is_cancelled = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def on_cancel(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` once when cancelled, at once when it already is."""
        with self._lock:
            if not self._is_cancelled:
                self._listeners.append(listener)
                return
        listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """Take a listener back; one that was called already is no error."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
