"""Other engines: what they need, the script that each runs, and one such process that waits to run.

Every peer is installed from PyPI into an environment of its own below a cache directory, once; one
that cannot be installed is skipped and said so.
"""

import contextlib
import json
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

from turns import Outcome

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Peer:
    """A script of ``benchmarks/peers`` and what it needs."""

    name: str
    packages: tuple[str, ...]
    script: str


FLOOR = Peer("numba floor", ("numba", "numpy"), "floor_sma.py")
VECTORBT = Peer("vectorbt", ("vectorbt",), "vectorbt_sma.py")
BACKTESTING = Peer("Backtesting.py", ("backtesting==0.6.6",), "backtesting_sma.py")
BACKTESTING_RSI = Peer("Backtesting.py", BACKTESTING.packages, "backtesting_rsi.py")
VECTORBT_TARGETS = Peer("vectorbt", ("vectorbt",), "vectorbt_volatility.py")
VECTORBT_EQUAL = Peer("vectorbt", ("vectorbt",), "vectorbt_equal.py")
VECTORBT_HANDED = Peer("vectorbt, handed targets", ("vectorbt",), "vectorbt_portfolio.py")
VECTORBT_SWEEP = Peer("vectorbt", ("vectorbt",), "vectorbt_sweep.py")
NAUTILUS = Peer("nautilus", ("nautilus_trader",), "nautilus_sma.py")
NAUTILUS_TARGETS = Peer("nautilus", ("nautilus_trader",), "nautilus_portfolio.py")
BT = Peer("bt", ("bt",), "bt_portfolio.py")


def environment(peer: Peer, cache: Path) -> Path | None:
    """Return the Python of the peer's environment, made if need be; None if it cannot be."""
    folder = cache / "-".join(peer.packages).replace("=", "_")
    python = folder / "bin/python"
    if (folder / "complete").exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", *peer.packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {peer.name}: skipped, it cannot be installed: {done.stderr.strip()[-200:]}")
        return None
    (folder / "complete").touch()
    return python


class PeerProcess:
    """A peer's script with its bars, which runs when it is its turn."""

    is_ours = False

    def __init__(self, peer: Peer, python: Path, data: Path, runs: int) -> None:
        self.name = peer.name
        self._errors = data.with_suffix(f".{peer.script}.txt").open("w+")
        self._process = subprocess.Popen(
            [str(python), str(PEERS / peer.script), str(data), str(runs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def run(self) -> Outcome | None:
        """Let it run once. None, with a message, when it failed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # its errors say why
            print(file=self._process.stdin, flush=True)
        lines = iter(self._process.stdout.readline, "")
        told = next((line for line in lines if line.startswith("{")), None)
        if told is not None:
            return Outcome(**json.loads(told))
        self._errors.seek(0)
        print(f"  {self.name}: failed: {self._errors.read().strip()[-300:]}")
        return None

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()
