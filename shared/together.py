"""Endless coroutines that run side by side, and truly stop when they are told to."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

_CANCEL_AGAIN_S = 1.0


async def run_together(loops: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Run coroutines until cancelled or until one fails; then stop them all.

    Unlike ``asyncio.TaskGroup``, which cancels once. Raises what failed first.
    """
    tasks = [asyncio.create_task(loop) for loop in loops]
    if not tasks:
        return
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await stop(tasks)
    for task in ended:
        task.result()


async def stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until all have ended: some libraries lose a cancellation while they connect."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
