"""The state folder: privacy, lock, keys, socket paths."""

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded.errors import StateDirError, StateDirLockedError
from infra.embedded.state import SOCKET_PATH_LIMIT, StateDir


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_is_private_even_if_it_was_open(tmp_path: Path) -> None:
    root = tmp_path / "a" / "state"
    root.mkdir(parents=True, mode=0o755)

    with StateDir(root) as state:
        assert [_mode(each) for each in (root, state.run, state.logs)] == [0o700] * 3
        assert state.root == root


def test_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir(mode=0o755)
    (project / "strategy.py").write_text("")

    with pytest.raises(StateDirError, match="holds other files"):
        StateDir(project).acquire()
    assert (_mode(project), os.listdir(project)) == (0o755, ["strategy.py"])


def test_folder_is_locked_once(tmp_path: Path) -> None:
    with StateDir(tmp_path) as state:
        state.announce_running("http://127.0.0.1:1")
        with pytest.raises(StateDirLockedError) as caught:
            StateDir(tmp_path).acquire()
        assert (caught.value.pid, caught.value.url) == (os.getpid(), "http://127.0.0.1:1")
        with pytest.raises(StateDirError, match="this process already"):
            state.acquire()

    with StateDir(tmp_path):  # given back
        pass


def test_refused_start_leaves_the_running_platforms_note(tmp_path: Path) -> None:
    with StateDir(tmp_path) as state:
        state.announce_running("http://127.0.0.1:1")
        with pytest.raises(StateDirLockedError):
            StateDir(tmp_path).acquire()

        assert StateDir(tmp_path).running() == {"url": "http://127.0.0.1:1", "pid": os.getpid()}


def test_stale_note_does_not_count_and_is_removed(tmp_path: Path) -> None:
    note = tmp_path / "running.json"
    note.write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": os.getpid()}))

    assert StateDir(tmp_path).running() is None
    with StateDir(tmp_path):
        assert not note.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_damaged_note_does_not_count(tmp_path: Path, text: str) -> None:
    with StateDir(tmp_path) as state:
        (tmp_path / "running.json").write_text(text)
        assert state.running() is None


def test_asking_what_runs_creates_nothing(tmp_path: Path) -> None:
    assert StateDir(tmp_path / "state").running() is None
    assert list(tmp_path.iterdir()) == []


def test_keys_are_made_once_and_kept_privately(tmp_path: Path) -> None:
    with StateDir(tmp_path) as state:
        key = state.secret("master_key")
        other = state.secret("first_password", lambda: "made")
    with StateDir(tmp_path) as state:
        assert state.secret("master_key") == key
        assert state.secret("first_password", lambda: "made again") == other == "made"

    assert len(bytes.fromhex(key)) == 32
    assert _mode(tmp_path / "secrets.json") == 0o600


def test_keys_need_the_lock(tmp_path: Path) -> None:
    with pytest.raises(StateDirError, match="not locked"):
        StateDir(tmp_path).secret("master_key")


def test_damaged_keys_are_reported_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"master_key": ')
    with StateDir(tmp_path) as state:
        with pytest.raises(StateDirError, match=r"secrets\.json"):
            state.secret("master_key")
        assert (tmp_path / "secrets.json").read_text() == '{"master_key": '


def test_file_in_the_way_is_reported(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StateDirError, match="cannot use"):
        StateDir(tmp_path / "state").acquire()


def test_link_in_place_of_the_socket_folder_is_refused(tmp_path: Path) -> None:
    state = StateDir(tmp_path / ("x" * 120))
    state.run.symlink_to(tmp_path)
    try:
        with pytest.raises(StateDirError, match="not a folder"):
            state.acquire()
    finally:
        state.run.unlink()


@given(st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1))
def test_sockets_always_fit(name: str) -> None:
    run = StateDir(Path("/srv") / name).run

    assert len(os.fsencode(run / "pg" / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    assert str(run).isascii()
    assert not set(str(run)) & set(" ,'\"%?#")
