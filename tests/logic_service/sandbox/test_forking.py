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

# A zygote whose children have nothing to do and leave, and a host that limits it meanwhile.
_FULL = """
import os, resource, socket
from logic_service.sandbox import control, runner, zygote
from logic_service.sandbox.wall.seccomp import CHANNEL_FD

host, link = socket.socketpair()
names = {control.SPAWNED: "spawned", control.EXITED: "exited", control.FAILED: "failed"}
if os.geteuid() == 0:  # who has no limits, and whose limits only a capability sets
    os.setresuid(65534, 65534, 65534)
pid = os.fork()
if pid == 0:
    host.close()
    link = zygote._take_control(link.detach())
    stage = runner.Stage(None, None, None)
    zygote.Zygote(link, zygote._child_wakeups(), stage).serve()
    os._exit(0)
link.close()
number = 0

def ask(kind, value):
    global number
    number += 1
    before = resource.prlimit(pid, kind, (value, resource.getrlimit(kind)[1]))
    with socket.socket() as channel:
        control.send_spawn(host, number, channel.fileno(), is_standby=False)
    heard = []
    while not heard or heard[-1] == "spawned":
        report, descriptor = control.receive_report(host)
        assert report.child == number
        assert (descriptor is None) == (report.kind != control.SPAWNED)
        heard.append(names[report.kind])
    resource.prlimit(pid, kind, before)
    return " ".join(heard)

print(ask(resource.RLIMIT_NOFILE, 64))
print(ask(resource.RLIMIT_NPROC, 0))
for count in range(CHANNEL_FD, 64):
    heard = ask(resource.RLIMIT_NOFILE, count)
    if heard != "failed":
        break
print(ask(resource.RLIMIT_NOFILE, count - 1))  # the channel comes through, the pidfd does not
print(heard)
"""


def test_a_zygote_without_room_for_a_child_says_so_and_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL], capture_output=True, text=True, timeout=120, check=False
    )

    heard = ["spawned exited", "failed", "failed", "spawned exited"]
    assert done.stdout.splitlines() == heard, done.stderr


def test_whoever_waits_for_a_child_that_never_was_hears_it_at_once() -> None:
    ours, theirs = socket.socketpair()
    child = Child(1, ours)
    theirs.close()
    child.is_lost()
    budget = Budget(time.perf_counter() + 86_400, 86_400)

    with pytest.raises(ZygoteDiedError):
        supervise(child, Transcript(Limits()), budget, None)
