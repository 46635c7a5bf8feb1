"""What the host asks of one child: a JSON head, a blob, and descriptors for the bars.

The host writes and the child reads this before the first user line, while both are trusted.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

_HEAD = struct.Struct("<II")
MAX_DESCRIPTORS = 1


class Task(StrEnum):
    """What the child does with the blob: a source, or for ``RUN`` and ``LIVE`` compiled code."""

    COMPILE = "compile"
    CHECK = "check"
    RUN = "run"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Job:
    """One task for one child.

    blob       the source (check) or the marshalled code (run)
    bars       shape of the bars in the first descriptor: symbol, timeframe, count
    carry      what an earlier session left (live): orders as hex, state, step
    is_policed False only in tests of the process wall alone
    """

    task: Task
    blob: bytes
    cpu_s: float
    memory_bytes: int
    is_policed: bool = True
    bars: Sequence[dict[str, Any]] = ()
    config: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    carry: dict[str, Any] | None = None

    def with_run(
        self,
        bars: Sequence[dict[str, Any]],
        config: dict[str, Any],
        params: dict[str, Any],
        carry: dict[str, Any] | None = None,
    ) -> Job:
        """Return the same job with what a run is made of."""
        return replace(self, bars=bars, config=config, params=params, carry=carry)


def send_job(channel: socket.socket, job: Job, descriptors: Sequence[int]) -> None:
    """Write the job. Raises OSError when the child is gone."""
    head = json.dumps(
        {
            "task": job.task,
            "cpu_s": job.cpu_s,
            "memory_bytes": job.memory_bytes,
            "is_policed": job.is_policed,
            "bars": list(job.bars),
            "config": job.config,
            "params": job.params,
            "carry": job.carry,
        }
    ).encode()
    message = _HEAD.pack(len(head), len(job.blob)) + head + job.blob
    # In one call: the child is woken once, and finds all of it.
    sent = socket.send_fds(channel, [message], list(descriptors))
    channel.sendall(memoryview(message)[sent:])


def receive_job(channel: socket.socket) -> tuple[Job, list[int]]:
    """Read the job and its descriptors. Raises EOFError when the host went away."""
    sizes, descriptors, _, _ = socket.recv_fds(channel, _HEAD.size, MAX_DESCRIPTORS)
    if not sizes:
        raise EOFError("the host went away")
    sizes += _read(channel, _HEAD.size - len(sizes))
    head_size, blob_size = _HEAD.unpack(sizes)
    head = json.loads(_read(channel, head_size))
    blob = _read(channel, blob_size)
    return Job(Task(head.pop("task")), blob, **head), descriptors


def _read(channel: socket.socket, size: int) -> bytes:
    """Read with read(2): the one way that the system call filter leaves."""
    data = bytearray()
    while len(data) < size:
        chunk = os.read(channel.fileno(), size - len(data))
        if not chunk:
            raise EOFError("the host went away")
        data += chunk
    return bytes(data)
