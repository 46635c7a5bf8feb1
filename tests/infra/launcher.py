"""A small launcher for tests: `python launcher.py STATE_DIR [uvloop] [worker]`.

Starts the engines, prints one JSON line, then stays until it is told to stop or killed.
"""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

import structlog
import uvloop

from infra.embedded.engines import EmbeddedEngines
from infra.embedded.errors import EmbeddedError
from infra.embedded.state import StateDir
from infra.embedded.supervisor import ProcessSpec


async def main(root: str, *options: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    async with EmbeddedEngines(StateDir(Path(root))) as engines:
        if "worker" in options:
            await engines.supervisor.start(
                ProcessSpec("worker", [sys.executable, "-c", "import signal; signal.pause()"])
            )
        engines.state.announce_running("http://127.0.0.1:8000")
        pids = [status.pid for status in engines.supervisor.status()]
        facts = {"database": engines.database_url, "redis": engines.redis_url, "pids": pids}
        print(json.dumps(facts), flush=True)
        await stopped.wait()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    start = uvloop.run if "uvloop" in sys.argv else asyncio.run
    try:
        start(main(*sys.argv[1:]))
    except EmbeddedError as error:
        sys.exit(f"{type(error).__name__}: {error}")
