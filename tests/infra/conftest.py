"""Launchers in processes of their own, to be killed."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from infra.embedded.engines import EmbeddedEngines
from infra.embedded.state import StateDir
from tests.infra.launching import UNNAMED, Launcher

_LAUNCHER = Path(__file__).with_name("launcher.py")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(scratch: Path) -> Iterator[Path]:
    """Return a folder with a short path that everybody may pass through and write to."""
    made = Path(tempfile.mkdtemp(dir=scratch))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
async def seed(scratch: Path) -> Path:
    """Return a state folder that was used before; copying it is faster than initdb."""
    root = scratch / "seed"
    async with EmbeddedEngines(StateDir(root)):
        return root


@pytest.fixture
def state_root(seed: Path, folder: Path) -> Path:
    """Return the path of a state folder of this test's own."""
    shutil.copytree(seed, folder / "state", ignore=shutil.ignore_patterns("run"))
    return folder / "state"


@pytest.fixture
def start_launcher() -> Start:
    """Return a function ``(state_dir, *options, user=None)`` that starts `launcher.py`."""

    def start(root: Path, *options: str, user: int | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable if user is None else _public_python(), _LAUNCHER, root, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
        )

    return start


@pytest.fixture
def launch(start_launcher: Start) -> Callable[..., AbstractContextManager[Launcher]]:
    """Return a context manager with the arguments of `start_launcher`; ready when entered."""

    @contextlib.contextmanager
    def run(root: Path, *options: str, user: int | None = None) -> Iterator[Launcher]:
        process = start_launcher(root, *options, user=user)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            complaint = process.communicate()[1]
            if user == UNNAMED and "NoUsableIdentityError" in complaint:
                pytest.skip("a user without a name needs user namespaces")
            pytest.fail(f"the launcher ended: {complaint}")
        launcher = Launcher(process, json.loads(line))
        try:
            yield launcher
        finally:
            launcher.close()

    return run


def _public_python() -> str:
    """Return a Python that other users may run: the one of the tests may lie in root's home."""
    python = shutil.which("python3", path=os.defpath)
    ask = "import sys; print(*sys.version_info[:2])"
    ours = "{} {}\n".format(*sys.version_info)
    if python is None or subprocess.check_output([python, "-c", ask], text=True) != ours:
        pytest.skip("the system has no Python of the tests' version")
    return python
