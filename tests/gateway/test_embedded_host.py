"""The host of the embedded platform: who dies is forked anew, who never was ready ends it."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

_TIMEOUT_S = 120.0
_PRELUDE = """
import os, signal, sys, time
from gateway.embedded_host import Host, NeverReadyError
host = Host(int(sys.argv[1]))
def wait():
    host.report("waiting")
    while True: signal.pause()
"""


def run_host(body: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a host in a process of its own; return its end, and who reported to the launcher."""
    reading, writing = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PRELUDE + textwrap.dedent(body), str(writing)],
            pass_fds=[writing],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        os.close(writing)
        with os.fdopen(reading, "rb") as reports:
            return done, [json.loads(line)["ready"] for line in reports]
    except BaseException:
        os.close(writing)
        os.close(reading)
        raise


@pytest.mark.parametrize("death", ["raise ValueError('no such table')", "os._exit(3)"])
def test_a_child_that_never_was_ready_ends_the_host_and_the_others(death: str) -> None:
    done, _ = run_host(f"""
        def fail():
            {death}
        try:
            host.run({{"waiting": wait, "failing": fail}})
        except NeverReadyError as error:
            sys.exit(str(error))
    """)

    assert done.returncode == 1
    assert "failing ended before it was ready" in done.stderr


def test_a_child_that_was_ready_is_forked_again() -> None:
    done, ready = run_host("""
        import pathlib, tempfile
        lives = pathlib.Path(tempfile.mkdtemp()) / "lives"
        def work():
            with lives.open("a") as file: file.write("x")
            host.report("working")
            if len(lives.read_text()) == 3: os.kill(os.getppid(), signal.SIGTERM)
            else: os._exit(3)
            while True: signal.pause()
        host.run({"working": work})
    """)

    assert done.returncode == 0, done.stderr
    assert ready == ["working"] * 3
