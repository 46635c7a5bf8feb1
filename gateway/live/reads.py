"""Reads that a crowd asks for at once, made once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SharedReads(Generic[Key, Value]):
    """Gives everybody who asks before a read begins the same answer.

    Nobody joins a read that has begun: its answer may be older than the question.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]]) -> None:
        self._read = read
        self._waiting: dict[Key, asyncio.Task[Value]] = {}

    async def read(self, key: Key) -> Value:
        """Return the value; raises what the read raises."""
        task = self._waiting.get(key)
        if task is None:
            task = asyncio.create_task(self._begin(key))
            task.add_done_callback(_look_at)
            self._waiting[key] = task
        return await asyncio.shield(task)  # others may want it still when we are cancelled

    async def _begin(self, key: Key) -> Value:
        del self._waiting[key]
        return await self._read(key)


def _look_at(task: asyncio.Task[Value]) -> None:
    """Take note of an error that nobody waits for any longer."""
    if not task.cancelled():
        task.exception()
