"""What outlives whom: launchers in processes of their own, ended in every way."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from redis import Redis

from infra.embedded.process import nobody
from infra.embedded.state import StateDir
from tests.infra.launching import UNNAMED, Launcher, commit_until_gone, count_facts

Launch = Callable[..., AbstractContextManager[Launcher]]
Start = Callable[..., subprocess.Popen[str]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_killed_launcher_leaves_no_orphan_and_loses_no_committed_row(
    launch: Launch, state_root: Path, loop: str
) -> None:
    with launch(state_root, "worker", loop) as first:
        acknowledged = commit_until_gone(first.dsn, first.kill)
        first.wait_for_children()

    with launch(state_root, loop) as second:
        different, total = count_facts(second.dsn)
    assert acknowledged >= 100
    # The last insert may have been committed without an answer.
    assert different == total
    assert total in (acknowledged, acknowledged + 1)


def test_killed_launcher_loses_no_acknowledged_redis_command(
    launch: Launch, state_root: Path
) -> None:
    with launch(state_root) as first:
        with Redis.from_url(first.facts["redis"]) as redis:
            for number in range(500):
                redis.rpush("jobs", number)
        first.kill()
        first.wait_for_children()

    with launch(state_root) as second, Redis.from_url(second.facts["redis"]) as redis:
        assert redis.llen("jobs") == 500


def test_killing_every_process_at_once_loses_no_committed_row(
    launch: Launch, state_root: Path
) -> None:
    with launch(state_root, "worker") as first:

        def kill_all() -> None:
            for pid in [*first.facts["pids"], first.process.pid]:
                os.kill(pid, signal.SIGKILL)

        acknowledged = commit_until_gone(first.dsn, kill_all)
        first.wait_for_children()

    with launch(state_root) as second:
        assert count_facts(second.dsn)[0] >= acknowledged >= 100


def test_stopped_launcher_stops_its_children(launch: Launch, state_root: Path) -> None:
    with launch(state_root, "worker") as launcher:
        launcher.process.terminate()

        assert launcher.process.wait(20) == 0
        launcher.wait_for_children()
    assert StateDir(state_root).running() is None


def test_second_launcher_is_refused_with_the_address_of_the_first(
    launch: Launch, start_launcher: Start, state_root: Path
) -> None:
    with launch(state_root) as first:
        second = start_launcher(state_root)
        _, complaint = second.communicate(timeout=20)

        assert second.returncode == 1
        assert complaint.startswith("StateDirLockedError")
        assert f"process {first.process.pid}" in complaint
        assert "http://127.0.0.1:8000" in complaint
        assert "Traceback" not in complaint


def test_lock_file_naming_a_living_stranger_does_not_stop_the_start(
    launch: Launch, state_root: Path
) -> None:
    with launch(state_root) as first:
        data = state_root / "postgres" / "data"
        lines = (data / "postmaster.pid").read_text().splitlines()
        first.kill()
        first.wait_for_children()
    # The id of the dead server now belongs to somebody else: to this very process.
    stale = "\n".join([str(os.getpid()), *lines[1:]])
    (data / "postmaster.pid").write_text(stale)
    (state_root / "run" / "pg" / ".s.PGSQL.5432.lock").write_text(stale)

    with launch(state_root) as second:
        assert second.facts["database"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("user", [nobody("user").uid, UNNAMED])
def test_ordinary_user_can_launch(launch: Launch, folder: Path, user: int) -> None:
    with launch(folder / "state", user=user) as first:
        acknowledged = commit_until_gone(first.dsn, first.kill)
        first.wait_for_children()

    with launch(folder / "state", user=user) as second:
        assert count_facts(second.dsn)[0] >= acknowledged >= 100
    found = (folder / "state").stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (user, 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_folder_of_another_user_is_refused(start_launcher: Start, folder: Path) -> None:
    (folder / "state").mkdir()
    os.chown(folder / "state", nobody("user").uid, nobody("user").gid)

    process = start_launcher(folder / "state")

    assert "belongs to user" in process.communicate(timeout=20)[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name", ["", "state"])
def test_folder_that_cannot_be_entered_is_refused(
    start_launcher: Start, folder: Path, name: str
) -> None:
    (folder / "closed").mkdir(mode=0o700)

    process = start_launcher(folder / "closed" / name, user=nobody("user").uid)

    assert "Permission denied" in (complaint := process.communicate(timeout=20)[1])
    assert complaint.startswith("StateDirError: cannot use")


def test_path_too_long_for_sockets_works(launch: Launch, folder: Path) -> None:
    root = folder / ("x" * 60) / ("ü, '\"" * 10)

    with launch(root) as launcher, Redis.from_url(launcher.facts["redis"]) as redis:
        assert redis.ping()
        assert str(StateDir(root).run) in launcher.dsn
        assert StateDir(root).run.exists()
    assert not StateDir(root).run.is_relative_to(root)
    assert not StateDir(root).run.exists()  # nothing of ours stays in the shared folder


def test_note_of_the_running_platform_names_its_process(launch: Launch, state_root: Path) -> None:
    with launch(state_root) as launcher:
        note = json.loads((state_root / "running.json").read_text())

        assert note == {"url": "http://127.0.0.1:8000", "pid": launcher.process.pid}
        assert StateDir(state_root).running() == note
        launcher.kill()
        assert StateDir(state_root).running() is None
