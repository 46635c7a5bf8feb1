"""How long the embedded platform takes to start, and what it weighs at rest.

Goals: ready in 5 s warm and 15 s the first time; 400 MB resident in total.
At rest: nobody has asked anything, and connections that only the start needed are closed.
Compared with: a bare FastAPI app with SQLAlchemy under uvicorn, started and asked in the same run.
Run: ``python benchmarks/platform_start.py [starts]``
"""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

_NARU = [sys.executable, "-c", "from naru.cli import main; main()"]
_SETTLED_S = 2
_AT_REST_S = 20
_BARE = """
import sys, uvicorn, sqlalchemy.ext.asyncio
from fastapi import FastAPI
app = FastAPI()
uvicorn.run(app, port=int(sys.argv[1]), log_config=None)
"""


def start_platform(folder: Path) -> tuple[float, subprocess.Popen[bytes]]:
    """Start ``naru up`` and wait until it says that it is ready."""
    note = folder / "running.json"
    began = time.perf_counter()
    process = subprocess.Popen(
        [*_NARU, "up", "--port", "0", "--state-dir", str(folder)], stdout=subprocess.DEVNULL
    )
    while True:
        if note.exists() and json.loads(note.read_text())["pid"] == process.pid:
            return time.perf_counter() - began, process
        if process.poll() is not None:
            raise SystemExit("naru up has failed")
        time.sleep(0.005)


def start_bare() -> float:
    """Start the bare app and wait for its first answer; stop it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", _BARE, str(port)])
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json").read()
            except OSError:
                time.sleep(0.005)
            else:
                return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()


def stop(process: subprocess.Popen[bytes]) -> float:
    """Press Ctrl-C; return how long the platform took to stop."""
    began = time.perf_counter()
    process.send_signal(signal.SIGINT)
    process.wait()
    return time.perf_counter() - began


def memory_mb(root: int) -> tuple[float, float]:
    """Return the proportional and the resident memory of a process and all below it, in MB.

    Pages that processes share are counted once in the first figure, every time in the second.
    """
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    tree = {root}
    while found := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= found
    share = {"Pss:": 0, "Rss:": 0}
    for pid in tree:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, *rest = line.split()
            if name in share:
                share[name] += int(rest[0])
    return share["Pss:"] / 1024, share["Rss:"] / 1024


def main(starts: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "state"
        first, process = start_platform(folder)
        stop(process)
        warm, bare, stops = [], [], []
        for left in reversed(range(starts)):
            bare.append(start_bare())
            elapsed, process = start_platform(folder)
            warm.append(elapsed)
            time.sleep(_SETTLED_S)
            if not left:
                settled, _ = memory_mb(process.pid)
                time.sleep(_AT_REST_S)
                shared, summed = memory_mb(process.pid)
            stops.append(stop(process))
    print(f"first start            {first:6.2f} s")
    print(f"warm start, median     {median(warm):6.2f} s   ({starts} starts)")
    print(f"bare FastAPI app       {median(bare):6.2f} s")
    print(f"ratio warm / bare      {median(warm) / median(bare):6.2f}")
    print(f"stop, median           {median(stops):6.2f} s")
    print(f"memory after {_SETTLED_S} s       {settled:6.0f} MB (pages counted once)")
    print(f"memory at rest         {shared:6.0f} MB (the same, {_AT_REST_S} s later)")
    print(f"memory, summed         {summed:6.0f} MB (RSS of each process)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
