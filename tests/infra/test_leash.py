"""The leash as a program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.embedded import leash
from infra.embedded.process import SAME, Identity, can_reach, choose_unprivileged, leashed, nobody


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", leash.__file__, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_program_does_not_start_once_its_parent_is_gone() -> None:
    result = _run("1", "9", "same", "/bin/sh", "-c", "echo started")

    assert (result.returncode, result.stdout) == (leash.PARENT_GONE, "")


def test_unknown_program_is_named() -> None:
    result = _run(str(os.getpid()), "9", "same", "/no/such/program")

    assert result.returncode == leash.CANNOT_RUN
    assert "/no/such/program" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root can become anybody")
def test_ordinary_user_cannot_become_another() -> None:
    result = _run(str(os.getpid()), "9", "user:1:1", "/bin/true")

    assert result.returncode == leash.CANNOT_BECOME
    assert "user:1:1" in result.stderr


def test_program_gets_its_arguments_as_they_are() -> None:
    command = leashed(["/bin/sh", "-c", 'printf "%s|" "$@"', "sh", "a b", "", "--", "ü"])

    assert subprocess.check_output(command, text=True) == "a b||--|ü|"


async def test_reach_tells_what_another_user_could_enter(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "inner").mkdir()

    assert await can_reach(SAME, [folder, closed / "inner"])
    assert not await can_reach(SAME, [closed / "missing"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
@pytest.mark.parametrize(("mode", "expected"), [(0o711, True), (0o700, False)])
async def test_reach_asks_for_the_way_through_not_for_reading(
    folder: Path, mode: int, expected: bool
) -> None:
    (folder / "home").mkdir()
    (folder / "home").chmod(mode)

    assert await can_reach(nobody("user"), [folder / "home"]) is expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
async def test_root_becomes_somebody_else_for_postgres() -> None:
    identity = await choose_unprivileged()

    assert identity.kind in ("namespace", "user")
    assert await can_reach(identity, ["/"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("identity", [nobody("namespace"), nobody("user")])
def test_program_sees_itself_as_the_other_user(identity: Identity) -> None:
    command = leashed(["/bin/sh", "-c", "id -u; id -g"], identity=identity)

    seen = subprocess.check_output(command, text=True).split()
    assert seen == [str(identity.uid), str(identity.gid)]
