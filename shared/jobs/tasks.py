"""What a task is: a named coroutine that may run twice and may die half-way."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

Queue = Literal["seconds", "minutes"]
"""One worker process per class of job, so that long ones never hold up short ones."""

TaskFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """A coroutine ``run(deps, *ids)`` and how often and how long it may be tried.

    gave_up   called as ``gave_up(deps, *ids)`` once after the last try has failed
    """

    name: str
    run: TaskFunction
    queue: Queue
    timeout: timedelta
    max_tries: int
    gave_up: TaskFunction | None = None

    def when_given_up(self, function: TaskFunction) -> "Task":
        """Return this task with ``function`` to call when every try has failed."""
        return replace(self, gave_up=function)


def task(
    name: str,
    *,
    queue: Queue = "seconds",
    timeout: timedelta = timedelta(seconds=30),
    max_tries: int = 5,
) -> Callable[[Callable[..., Awaitable[Any]]], Task]:
    """Declare a task. ``name`` is ``service.verb_noun``."""

    def declare(function: Callable[..., Awaitable[Any]]) -> Task:
        return Task(name, function, queue, timeout, max_tries)

    return declare
