"""The records between host and zygote. Both are ours; fixed sizes keep them simple."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass

MAX_HELLO_BYTES = 64 << 10

_LENGTH = struct.Struct("<I")
_DESCRIPTOR = struct.Struct("=i")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_DESCRIPTOR.size)
_SPAWN = struct.Struct("<Q?")
_REPORT = struct.Struct("<BQiQd")
SPAWNED, EXITED, FAILED = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Report:
    """The zygote's word on one child.

    kind        SPAWNED (``value`` is the pid), EXITED (``value`` is the wait status), or FAILED:
                there was no room for the child
    peak_bytes  largest resident size, with EXITED
    cpu_s       user and system time, with EXITED
    """

    kind: int
    child: int
    value: int
    peak_bytes: int = 0
    cpu_s: float = 0.0


def send_hello(control: socket.socket, hello: dict[str, object]) -> None:
    data = json.dumps(hello).encode()
    control.sendall(_LENGTH.pack(len(data)) + data)


def receive_hello(control: socket.socket) -> dict[str, object]:
    """Read the zygote's first message. Raises EOFError when it died instead."""
    (length,) = _LENGTH.unpack(receive_exactly(control, _LENGTH.size))
    if length > MAX_HELLO_BYTES:
        raise EOFError("the zygote's greeting is too long")
    hello: dict[str, object] = json.loads(receive_exactly(control, length))
    return hello


def send_spawn(control: socket.socket, child: int, channel_fd: int, *, is_standby: bool) -> None:
    socket.send_fds(control, [_SPAWN.pack(child, is_standby)], [channel_fd])


def receive_spawn(control: socket.socket) -> tuple[int, int | None, bool]:
    """Read (child, channel descriptor, is_standby). Raises EOFError when the host is gone.

    The descriptor is None where this process has no room for one.
    """
    data, descriptor = _receive_with_fd(control, _SPAWN.size)
    child, is_standby = _SPAWN.unpack(data)
    return child, descriptor, is_standby


def send_report(
    control: socket.socket,
    kind: int,
    child: int,
    value: int = 0,
    peak_bytes: int = 0,
    cpu_s: float = 0.0,
    *,
    descriptor: int | None = None,
) -> None:
    """Write what ``receive_report`` reads, with the child's pidfd where there is one."""
    data = _REPORT.pack(kind, child, value, peak_bytes, cpu_s)
    if descriptor is None:
        control.send(data)
    else:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, _DESCRIPTOR.pack(descriptor))
        control.sendmsg([data], [rights])


def receive_report(control: socket.socket) -> tuple[Report, int | None]:
    """Read a report and the pidfd that came with it. Raises EOFError when the zygote died."""
    data, descriptor = _receive_with_fd(control, _REPORT.size)
    return Report(*_REPORT.unpack(data)), descriptor


def receive_exactly(source: socket.socket, size: int) -> bytes:
    """Read ``size`` bytes. Raises EOFError when the stream ends before."""
    data = bytearray()
    while len(data) < size:
        chunk = source.recv(min(size - len(data), 1 << 20))
        if not chunk:
            raise EOFError("the stream ended")
        data += chunk
    return bytes(data)


def _receive_with_fd(source: socket.socket, size: int) -> tuple[bytes, int | None]:
    data, ancillary, _, _ = source.recvmsg(size, _ANCILLARY_BYTES)
    if not data:
        raise EOFError("the stream ended")
    if len(data) < size:
        data += receive_exactly(source, size - len(data))
    descriptor = None
    if ancillary:
        (descriptor,) = _DESCRIPTOR.unpack(ancillary[0][2])
    return data, descriptor
