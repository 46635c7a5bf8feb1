"""The embedded Valkey: wake-ups, live streams, rate limits over one Unix socket."""

import asyncio
import signal
from pathlib import Path
from urllib.parse import quote

from infra.embedded.binaries import find_valkey
from infra.embedded.leftovers import end_processes_in
from infra.embedded.supervisor import ProcessSpec, Supervisor

SETTINGS: dict[str, str] = {
    "port": "0",  # no TCP: the 0700 folder of the socket decides who gets in
    "unixsocketperm": "700",
    "daemonize": "no",
    "databases": "16",
    # Full means an error to the writer; eviction would silently drop jobs and limits.
    "maxmemory": "128mb",
    "maxmemory-policy": "noeviction",
    # Each command is in the file before its answer goes out, so a killed server forgets nothing.
    # `always` would add a disk flush to every request that counts against a rate limit, and
    # `everysec` holds writes back while a flush runs: kill -9 then loses acknowledged ones.
    # `no` leaves flushing to the kernel: only a power cut costs some seconds of wake-ups, and
    # those are made again from PostgreSQL.
    "appendonly": "yes",
    "appendfsync": "no",
    "save": "",
    "auto-aof-rewrite-min-size": "16mb",
    "io-threads": "1",
    "loglevel": "warning",
    "always-show-logo": "no",
}


class Valkey:
    """A server on ``home``, reached through ``sockets``. The caller holds the state lock."""

    def __init__(self, home: Path, sockets: Path) -> None:
        self._home = home
        self._socket = sockets / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """Return the address for redis-py and arq: ``unix:///path?db=0``."""
        return f"unix://{quote(str(self._socket))}?db={database}"

    async def start(self, supervisor: Supervisor) -> None:
        """Run the server under ``supervisor``. Raises EngineMissingError, ProcessStartError."""
        program, _ = find_valkey()
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = {"dir": str(self._home), "unixsocket": str(self._socket), **SETTINGS}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        await supervisor.start(
            ProcessSpec(
                name="valkey",
                layer=0,
                command=[program, *options],
                directory=self._home,
                prepare=self._clear_leftovers,
                ready=self._is_ready,
                start_timeout_s=60.0,  # reading the append-only file back
                stop_signal=signal.SIGTERM,
                death_signal=signal.SIGKILL,
            )
        )

    async def _clear_leftovers(self) -> None:
        await end_processes_in(self._home, "valkey-server", signal.SIGKILL)
        self._socket.unlink(missing_ok=True)

    async def _is_ready(self, pid: int) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket))
        except OSError:  # not there yet, or not listening yet
            return False
        try:
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"  # -LOADING until all is read back
        except ConnectionError:
            return False
        finally:
            writer.close()
