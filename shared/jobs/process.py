"""Run a worker until it is told to stop."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence

from shared.jobs.tasks import Queue
from shared.jobs.worker import ServiceWorker, run_worker

_PATIENCE_S = 5.0
"""How long a worker may take to give its jobs back."""


def run_until_stopped(
    services: Sequence[ServiceWorker],
    queues: Sequence[Queue],
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Run a worker process until SIGTERM or SIGINT, then give its jobs back."""
    asyncio.run(_run_until_stopped(services, queues, on_ready))


async def _run_until_stopped(
    services: Sequence[ServiceWorker], queues: Sequence[Queue], on_ready: Callable[[], None]
) -> None:
    work = asyncio.create_task(run_worker(services, queues, on_ready))
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, stopping.set)
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        waiting.cancel()
        work.result()
        return
    work.cancel()
    await asyncio.wait({work}, timeout=_PATIENCE_S)
    if not work.done():
        # redis-py can swallow a cancellation while it connects. Jobs are held by leases, so
        # leaving like this loses nothing.
        os._exit(0)
