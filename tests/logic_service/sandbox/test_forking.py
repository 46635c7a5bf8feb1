"""Where the system has no room for another process, callers hear it at once and the rest lives."""

import socket
import subprocess
import sys
import time

import pytest

from logic_service.sandbox.link import Child, ZygoteDiedError
from logic_service.sandbox.supervision import Budget, supervise
from logic_service.sandbox.transcript import Transcript
from logic_service.sandbox.types import Limits

_FULL = """
import os, resource, socket
from logic_service.sandbox import control
from logic_service.sandbox.zygote import Zygote

host, link = socket.socketpair()
wakeups, _ = socket.socketpair()
channel, _ = socket.socketpair()
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
if os.geteuid() == 0:  # who has no limit
    os.setresuid(65534, 65534, 65534)
for child in (7, 8):
    control.send_spawn(host, child, channel.fileno(), is_standby=False)
host.shutdown(socket.SHUT_WR)
Zygote(link, None, None, wakeups, None, []).serve()
for _ in range(2):
    report, descriptor = control.receive_report(host)
    print(report.kind == control.FAILED, report.child, descriptor)
"""


def test_a_zygote_that_cannot_fork_says_so_and_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.stdout.splitlines() == ["True 7 None", "True 8 None"], done.stderr


def test_whoever_waits_for_a_child_that_never_was_hears_it_at_once() -> None:
    ours, theirs = socket.socketpair()
    child = Child(1, ours)
    theirs.close()
    child.is_lost()
    budget = Budget(time.perf_counter() + 86_400, 86_400)

    with pytest.raises(ZygoteDiedError):
        supervise(child, Transcript(Limits()), budget, None)
