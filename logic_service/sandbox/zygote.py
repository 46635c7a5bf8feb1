"""The process that every locked child is forked from.

Started by exec with an environment of three fixed values, it imports what strategies need,
gives up all its rights, freezes its memory and then only forks. It never runs user code.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from logic_service.sandbox import control, frames, interpreter, runner, warmup
from logic_service.sandbox.policy.namespace import Library
from logic_service.sandbox.wall import kernel, lockdown
from logic_service.sandbox.wall.seccomp import CHANNEL_FD

RECURSION_LIMIT = 1_000

# CPython's obmalloc: places of 16, 32, ... 512 bytes in pools of 16 KiB less a header.
_PLACE_STEP, _LARGEST_PLACE, _POOL_BYTES = 16, 512, 16_384 - 48
_EMPTY_BYTES = sys.getsizeof(b"")
_MOST_POOLS = 8


class Zygote:
    """Forks on request and reports the end of each child.

    Every page that it touches after a fork is one more that the child has for itself alone: it goes
    straight to the system's calls.
    """

    def __init__(self, link: socket.socket, wakeups: socket.socket, stage: runner.Stage) -> None:
        self._link = link
        self._wakeups = wakeups
        self._stage = stage
        self._no_channel = os.dup(CHANNEL_FD)
        self._pid = os.getpid()
        self._children: dict[int, int | None] = {}  # by pid; None: the host knows of its end

    def serve(self) -> None:
        """Answer the host until it goes away, then take the children along."""
        waiting, asked = select.poll(), self._link.fileno()
        waiting.register(asked, select.POLLIN)
        waiting.register(self._wakeups, select.POLLIN)
        try:
            while True:
                for descriptor, _ in waiting.poll():
                    if descriptor == asked:
                        self._spawn()
                    else:
                        self._reap()
        except (EOFError, ConnectionError):
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)

    def _spawn(self) -> None:
        child, channel, is_standby = control.receive_spawn(self._link)
        pid = None if channel is None else self._fork(channel, is_standby=is_standby)
        if pid is None:  # no room for a process now; those that live go on
            control.send_report(self._link, control.FAILED, child)
        else:
            os.sched_yield()  # where both share a processor: it is the child that is waited for
            self._announce(child, pid)

    def _fork(self, channel: int, *, is_standby: bool) -> int | None:
        """Return the pid of a child with the channel at its place, None where there is no room."""
        pid: int | None
        try:
            os.dup2(channel, CHANNEL_FD, inheritable=False)
            pid = kernel.fork()
        except OSError:
            pid = None
        if pid == 0:
            self._become_child(is_standby=is_standby)
        os.dup2(self._no_channel, CHANNEL_FD, inheritable=False)
        os.close(channel)
        return pid

    def _announce(self, child: int, pid: int) -> None:
        """Tell the host of a child; one that it gets no hold of is ended here."""
        self._children[pid] = child
        try:
            descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
            try:
                control.send_report(self._link, control.SPAWNED, child, pid, descriptor=descriptor)
            finally:
                if descriptor is not None:
                    os.close(descriptor)
        except ConnectionError:  # the host is gone, and everybody with it
            raise
        except OSError:
            os.kill(pid, signal.SIGKILL)  # nobody else's number: it was not waited for yet
            self._children[pid] = None
            control.send_report(self._link, control.FAILED, child)

    def _reap(self) -> None:
        self._wakeups.recv(4096)
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                break
            peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            cpu_s = usage.ru_utime + usage.ru_stime
            child = self._children.pop(pid)
            if child is not None:
                control.send_report(self._link, control.EXITED, child, status, peak_bytes, cpu_s)

    def _become_child(self, *, is_standby: bool) -> NoReturn:
        try:
            lockdown.die_with_parent()
            if os.getppid() != self._pid:  # it died before the line above
                os._exit(frames.EXIT_DONE)
            signal.set_wakeup_fd(-1)
            runner.close_all_but_the_channel()
            runner.serve(self._stage, is_standby=is_standby)
        finally:  # whatever happened, a child never returns into the zygote's loop
            os._exit(frames.EXIT_FAILED)


def main() -> None:
    """Greet the host, or tell it why there will be no sandbox."""
    link = _take_control(int(sys.argv[1]))
    options = sys.argv[3:]
    machine = next((text[8:] for text in options if text.startswith("machine=")), None)
    try:
        zygote, layers = _prepare(link, machine, options)
    except Exception:  # the outermost boundary: the host logs it and runs nothing
        control.send_hello(link, {"ok": False, "error": traceback.format_exc(limit=-8)})
        return
    control.send_hello(link, {"ok": True, "pid": os.getpid(), "layers": layers})
    zygote.serve()
    os._exit(frames.EXIT_DONE)  # taking all modules down would take longer than the host waits


def _prepare(
    link: socket.socket, machine: str | None, options: Sequence[str]
) -> tuple[Zygote, dict[str, bool | int]]:
    os.environ.clear()
    os.environ["TZ"] = "UTC"  # naive dates mean the same on every machine
    time.tzset()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    sys.setrecursionlimit(RECURSION_LIMIT)
    has_no_addresses = interpreter.hide_addresses()
    library = Library()
    rehearsal = warmup.warm(library)
    runner.handle_deadline_signal()
    wakeups = _child_wakeups()
    lock = lockdown.lock_zygote(machine, unsafe_development="unsafe-development" in options)
    lockdown.forbid_resources()
    if "lasting" in options:
        rehearsal.settle()
    library.prepare()
    stage = runner.Stage(library, lock, rehearsal)
    gc.collect()
    stage.filling = fill_holes()
    kernel.fill_heap()
    gc.freeze()
    layers = {**lock.layers.as_dict(), "addresses_hidden": has_no_addresses}
    return Zygote(link, wakeups, stage), layers


def fill_holes() -> list[object]:
    """Return objects that take the free places in Python's memory; to be kept.

    Otherwise children would put their first objects into those places, and copy a page for each.
    Places of one size lie in pools: a size is done when a whole pool was filled in a row.
    """
    filling: list[object] = []
    for size in range(_EMPTY_BYTES + 15, _LARGEST_PLACE + 1, _PLACE_STEP):
        whole_pool = _POOL_BYTES // size
        in_a_row, expected = 0, 0
        for _ in range(_MOST_POOLS * whole_pool):  # other allocators may never give a row
            filling.append(bytes(size - _EMPTY_BYTES))
            in_a_row = in_a_row + 1 if id(filling[-1]) == expected else 1
            expected = id(filling[-1]) + size
            if in_a_row == whole_pool:
                break
    return filling


def _take_control(descriptor: int) -> socket.socket:
    """Move the control socket below the descriptors that children close, off their channel's place.

    What lies at that place until a child has a channel leads nowhere.
    """
    low = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, CHANNEL_FD + 1)
    os.close(descriptor)
    ours, theirs = socket.socketpair()
    theirs.close()
    nowhere = ours.detach()
    if nowhere != CHANNEL_FD:
        os.dup2(nowhere, CHANNEL_FD, inheritable=False)
        os.close(nowhere)
    return socket.socket(fileno=low)


def _child_wakeups() -> socket.socket:
    """Return a socket that becomes readable when a child has ended."""
    receiving, sending = socket.socketpair()
    for end in (receiving, sending):
        end.setblocking(False)
    signal.set_wakeup_fd(sending.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return receiving
