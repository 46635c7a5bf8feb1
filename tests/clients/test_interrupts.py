"""Ctrl-C while ``naru remote`` waits, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from queue import Queue
from typing import Any

from tests.clients.misbehaving import MisbehavingServer, Request, answer

# A test run that was started in the background hands down that Ctrl-C is to be ignored.
_COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from naru.cli import main
main()
"""
NOW = "2026-11-20T09:30:00Z"
STRATEGY: dict[str, Any] = {
    "id": "st_1", "name": "sma", "description": "", "current_version_id": "ver_1",
    "current_number": 1, "latest_number": 1, "forked_from_version_id": None, "created_at": NOW,
    "updated_at": NOW,
}  # fmt: skip
BACKTEST: dict[str, Any] = {
    "id": "bt_1", "strategy_id": "st_1", "strategy_name": "sma", "version_id": "ver_1",
    "version_number": 1, "symbols": ["IBM"], "timeframe": "1d", "start": None, "end": None,
    "params": {}, "config": {}, "confidence_samples": 0, "status": "queued", "progress": 0.0,
    "verdict": None, "problem": None, "metrics": None, "timings": None, "created_at": NOW,
    "started_at": None, "finished_at": None,
}  # fmt: skip


def interrupted(server: MisbehavingServer, tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """Run ``naru remote``, press Ctrl-C at its last request; return its status and its words."""
    running: Queue[int] = Queue()

    def press(server: MisbehavingServer, connection: socket.socket, request: Request) -> None:
        os.kill(running.get(), signal.SIGINT)
        server.closed.wait()

    server.behaviours.append(press)
    environment = {**os.environ, "NARU_URL": server.url, "NARU_API_KEY": "sk_live_x",
                   "XDG_CONFIG_HOME": str(tmp_path)}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "remote", *arguments],
        env=environment, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        running.put(child.pid)
        _, said = child.communicate()
    return child.returncode, said


def test_a_run_that_is_not_waited_for_any_more_goes_on(
    server: MisbehavingServer, tmp_path: Path
) -> None:
    server.will(answer(200, STRATEGY), answer(202, BACKTEST))

    status, said = interrupted(server, tmp_path, "run", "st_1", "--symbol", "IBM")

    assert status == 130
    assert "bt_1 goes on" in said
    assert "naru remote watch bt_1" in said
    assert "naru remote cancel bt_1" in said
    assert [request.line.split()[0] for request in server.requests] == ["GET", "POST", "GET"]


def test_watching_ends_well(server: MisbehavingServer, tmp_path: Path) -> None:
    status, said = interrupted(server, tmp_path, "watch")

    assert (status, said) == (0, "")
