"""What the host asks of one child: one message, and a descriptor for the bars.

Two more bytes say that the first columns of the bars are there, and that all are; until they come
the child has time to get ready. The host writes and the child reads all this before the first user
line, while both are trusted.
"""

from __future__ import annotations

import json
import marshal
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

FIRST_COLUMNS = ("close", "open")  # what indicators are made of, and what fills go by
_HEAD = struct.Struct("<I")
_DESCRIPTOR = struct.Struct("=i")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_DESCRIPTOR.size)
_FIRST_BYTES = 32 << 10  # nearly every job in one call
_LAID = b"!"
_ALL_LAID = 2 * _LAID


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
    bars       shape of the bars in the first descriptor, as ``PackedBars`` has it
    carry      what an earlier session left (live): orders as hex, state, step
    source     what the code was made of (run)
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
    source: str = ""

    def with_run(
        self,
        bars: Sequence[dict[str, Any]],
        config: dict[str, Any],
        params: dict[str, Any],
        carry: dict[str, Any] | None = None,
    ) -> Job:
        """Return the same job with what a run is made of."""
        return replace(self, bars=bars, config=config, params=params, carry=carry)


def encode_job(job: Job) -> bytes:
    # Whatever a caller gave, made of exact built-in types here: the child would be slower at it.
    given = json.loads(json.dumps([job.params, job.carry]))
    return marshal.dumps(
        (
            job.task.value,
            job.blob,
            job.cpu_s,
            job.memory_bytes,
            job.is_policed,
            list(job.bars),
            job.config,
            *given,
            job.source,
        )
    )


def decode_job(message: bytes | memoryview) -> Job:
    # From the host, to a process that holds nothing of anybody's yet: no power to be had by it.
    task, *rest = marshal.loads(message)  # noqa: S302
    return Job(Task(task), *rest)


def send_job(
    channel: socket.socket, job: Job, descriptors: Sequence[int], *, are_bars_laid: bool
) -> None:
    """Write the job. Raises OSError when the child is gone."""
    message = encode_job(job)
    message = _HEAD.pack(len(message)) + message
    if are_bars_laid:
        message += _ALL_LAID
    # In one call: the child is woken once, and finds all of it.
    sent = socket.send_fds(channel, [message], list(descriptors))
    if sent < len(message):
        channel.sendall(memoryview(message)[sent:])


def tell_laid(channel: socket.socket) -> None:
    """Say that the first columns are laid out, and again that all are. Raises OSError."""
    channel.sendall(_LAID)


def receive_job(channel: socket.socket) -> tuple[Job, int | None, bool]:
    """Read the job, the bars' descriptor and whether they are laid out already.

    Raises EOFError when the host went away.
    """
    data, ancillary, _, _ = channel.recvmsg(_FIRST_BYTES, _ANCILLARY_BYTES)
    data = _complete(channel, data, _HEAD.size)
    end = _HEAD.size + _HEAD.unpack_from(data)[0]
    data = _complete(channel, data, end)
    descriptor = _DESCRIPTOR.unpack_from(ancillary[0][2])[0] if ancillary else None
    are_bars_laid = len(data) > end
    if are_bars_laid:  # a byte left behind would be taken for a live child's first bar
        data = _complete(channel, data, end + len(_ALL_LAID))
    return decode_job(memoryview(data)[_HEAD.size : end]), descriptor, are_bars_laid


def wait_for_columns(channel: socket.socket) -> None:
    """Wait for ``tell_laid``. Raises EOFError when the host went away."""
    _complete(channel, os.read(channel.fileno(), 1), 1)


def _complete(channel: socket.socket, data: bytes, size: int) -> bytes:
    """Read what is missing with read(2): the one way that the system call filter leaves."""
    if not data:
        raise EOFError("the host went away")
    if len(data) >= size:
        return data
    whole = bytearray(data)
    while len(whole) < size:
        chunk = os.read(channel.fileno(), size - len(whole))
        if not chunk:
            raise EOFError("the host went away")
        whole += chunk
    return bytes(whole)
