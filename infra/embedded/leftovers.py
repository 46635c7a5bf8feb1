"""Find and end engine processes that a dead launcher left behind in a data folder."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

_POLL_S = 0.01
_PATIENCE_S = 6.0  # an immediate shutdown of PostgreSQL takes at most five


def processes_in(folder: Path, program: str) -> Iterator[int]:
    """Yield the ids of processes that run ``program`` with ``folder`` as working directory.

    Linux only, none elsewhere. The name matters: the folder may be somebody's shell's as well.
    """
    if sys.platform != "linux" or not folder.exists():
        return
    wanted = folder.stat()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        process = Path(entry.path)
        try:
            if (process / "comm").read_text().strip() != program[:15]:
                continue
            if os.path.samestat((process / "cwd").stat(), wanted):
                yield int(entry.name)
        except OSError:  # gone meanwhile, or somebody else's
            continue


async def end_processes_in(folder: Path, program: str, first: signal.Signals) -> None:
    """Signal the processes of `processes_in` and wait for their end; kill who takes too long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE_S
    _signal(processes_in(folder, program), first)
    while left := list(processes_in(folder, program)):
        if loop.time() > deadline:
            _signal(left, signal.SIGKILL)
        await asyncio.sleep(_POLL_S)


def _signal(pids: Iterator[int] | list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
