"""The attacks as data, and what stands around them: a secret, a victim, a listening door."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Execution, Limits
from naru.bars import Bars
from naru.engine.config import RunConfig

FOLDER = Path(__file__).parent / "attacks"
LIMITS = Limits(cpu_s=0.25, wall_s=6, memory_bytes=96 << 20, output_bytes=2 << 20)
SECRET = "the secret of the canary"

_PREAMBLE = """
def reached(what):
    print("REACHED")
    for name, arguments in (
        ("listdir", ("/",)), ("open", ("@CANARY@", 0)), ("getenv", ("NARU_TEST_SECRET",)),
        ("kill", (@VICTIM@, 9)), ("system", ("touch @DROP@",)),
    ):
        harm = getattr(what, name, None)
        if harm is not None and harm(*arguments) is not None:
            print("ESCAPED", name)
"""
_IDLE = """
from naru import Strategy
class Idle(Strategy):
    def on_bar(self): pass
"""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: ``policed`` and ``wall`` are the verdicts that may end it."""

    category: str
    name: str
    source: str
    policed: frozenset[str]
    wall: frozenset[str]

    @property
    def id(self) -> str:
        return f"{self.category}/{self.name}"


def read_attacks() -> list[Attack]:
    """Read every attack of every category."""
    return [
        Attack(
            category=file.stem,
            name=case["name"],
            source=_expand(case["source"], case.get("repeat")),
            policed=frozenset(case["policed"]),
            wall=frozenset(case["wall"]),
        )
        for file in sorted(FOLDER.glob("*.toml"))
        for case in tomllib.loads(file.read_text())["attack"]
    ]


def _expand(source: str, repeat: dict[str, object] | None) -> str:
    """Write out what would be too long to print in the data."""
    if not repeat:
        return source
    options = dict(repeat)
    count, is_indented = int(str(options.pop("count"))), options.pop("indent", False)
    for name, text in options.items():
        parts = [(" " * level if is_indented else "") + str(text) for level in range(count)]
        end = " " * count + "pass\n" if is_indented else ""
        source = source.replace(f"@{name}@", "".join(parts) + end)
    return source


class Surroundings:
    """What an attack may try to reach, and whether it did."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary"
        self.canary.write_text(SECRET)
        self.drop = folder / "drop"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._unix = socket.socket(socket.AF_UNIX)
        self._unix.bind(str(folder / "door"))
        self._unix.listen()
        for door in (self._listener, self._unix):
            door.setblocking(False)
        self._folder = folder
        self._victim = subprocess.Popen(["sleep", "1000"])

    def __enter__(self) -> Surroundings:
        return self

    def __exit__(self, *_: object) -> None:
        self._victim.send_signal(signal.SIGKILL)
        self._victim.wait()
        self._listener.close()
        self._unix.close()

    def place(self, source: str) -> str:
        """Name the targets in an attack's source."""
        port = str(self._listener.getsockname()[1])
        if "@" not in source:
            return source
        for token, value in {
            "CANARY": str(self.canary),
            "DROP": str(self.drop),
            "PORT": port,
            "VICTIM": str(self._victim.pid),
            "HOST": str(os.getpid()),
            "SOCKET": str(self._folder / "door"),
        }.items():
            source = source.replace(f"@{token}@", value)
        return source

    def wait_for_victim(self) -> int:
        """Wait until the victim has ended."""
        return self._victim.wait(5)

    def damage(self) -> list[str]:
        """Return what was reached outside."""
        found = []
        if not self.canary.exists() or self.canary.read_text() != SECRET:
            found.append("the secret file was changed")
        if self.drop.exists():
            found.append("a file was written")
        if self._victim.poll() is not None:
            found.append("the victim was killed")
        for door in (self._listener, self._unix):
            with contextlib.suppress(BlockingIOError):
                door.accept()[0].close()
                found.append("a connection was made")
        return found


@contextlib.contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Build the surroundings in a folder that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="naru-attack-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Surroundings(folder) as built:
            yield built


def bars() -> list[Bars]:
    """Return 60 minute bars, each a little higher."""
    close = 100.0 + np.arange(60, dtype=np.float64)
    ts = np.arange(60, dtype=np.int64) * 60_000_000_000
    return [Bars("BTC-USD", "1m", ts, close, close + 1, close - 1, close, np.full(60, 10.0))]


def attack(host: SandboxHost, case: Attack, around: Surroundings) -> Execution:
    """Run one attack."""
    has_strategy = "(Strategy)" in case.source or "@vector" in case.source
    preamble = _PREAMBLE if "reached" in case.source else ""
    source = preamble + around.place(case.source) + ("" if has_strategy else _IDLE)
    if case.category == "source_text":
        source = case.source + _IDLE
    return host.run(around.place(source), bars(), RunConfig(), limits=LIMITS)


def failings(case: Attack, execution: Execution, *, is_policed: bool) -> list[str]:
    """Return what is wrong with how an attack ended."""
    expected = case.policed if is_policed else case.wall
    words = " ".join(line.text for line in execution.logs)
    found = []
    if execution.verdict not in expected:
        found.append(f"ended {execution.verdict}, not {sorted(expected)}: {execution.problem}")
    if "ESCAPED" in words:
        found.append(f"escaped: {words}")
    if SECRET in words:
        found.append("the secret was read")
    if is_policed and "REACHED" in words:
        found.append(f"reached what the policy hides: {words}")
    return found
