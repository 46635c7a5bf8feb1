"""Send reads at fixed instants over raw connections: a load generator that leaves the cores alone.

"Open loop": requests go out when they are due, whether or not earlier ones have been answered, and
an answer's time counts from the instant at which its request was due.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httptools

OK = 200


@dataclass
class Outcome:
    """Milliseconds of each answered read, and what went wrong.

    cpu_s   processor time that the generator has used itself
    """

    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cpu_s: float = 0.0

    def percentile(self, place: int) -> float:
        """Return a percentile in milliseconds."""
        return statistics.quantiles(self.took, n=100)[place - 1]

    def show(self, title: str) -> None:
        """Print percentiles."""
        example = self.failed[0] if self.failed else ""
        print(
            f"{title:34} {len(self.took)} answers  p50 {self.percentile(50):6.1f} ms"
            f"  p99 {self.percentile(99):6.1f} ms  errors {len(self.failed)} {example}"
        )


class _Line(asyncio.Protocol):
    """One kept-alive connection with at most one request on it."""

    def __init__(self, outcome: Outcome, idle: list["_Line"]) -> None:
        self._outcome = outcome
        self._idle = idle
        self._transport: Any = None
        self._answered: asyncio.Future[None] | None = None
        self._parser: Any = None
        self._due = 0.0
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, request: bytes, due: float, answered: asyncio.Future[None]) -> None:
        """Send a request that was due at this instant of ``perf_counter``."""
        self._due, self._answered, self._body = due, answered, b""
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Note what a refusal says."""
        if self._parser.get_status_code() != OK:
            self._body += body

    def on_message_complete(self) -> None:
        """Take the time."""
        self._outcome.took.append((time.perf_counter() - self._due) * 1000)
        status = self._parser.get_status_code()
        if status != OK:
            self._outcome.failed.append(f"{status} {self._body[:200].decode()}")
        self._idle.append(self)
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._idle:
            self._idle.remove(self)
        if self._answered is not None:
            self._outcome.failed.append(f"connection lost: {exc!r}")
            self._end()

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _end(self) -> None:
        answered, self._answered = self._answered, None
        if answered is not None and not answered.done():
            answered.set_result(None)


async def open_loop(
    address: str,
    paths: Sequence[str],
    callers: Sequence[Mapping[str, str]],
    *,
    seconds: float,
    rate: float,
) -> Outcome:
    """Send reads at this rate, each at its instant, and wait for their answers.

    callers   the header fields of each; they and the paths take turns
    """
    place = urlsplit(address)
    loop = asyncio.get_running_loop()
    outcome, idle = Outcome(), list[_Line]()
    requests = [_request(path, place.netloc, caller) for caller in callers for path in paths]

    async def ask(at: int, due: float) -> None:
        if idle:
            line = idle.pop()
        else:
            _, line = await loop.create_connection(
                lambda: _Line(outcome, idle), place.hostname, place.port
            )
        answered = loop.create_future()
        line.ask(requests[at % len(requests)], due, answered)
        await answered

    used, began = time.process_time(), time.perf_counter() + 0.1
    asking = []
    for at in range(int(rate * seconds)):
        due = began + at / rate
        pause = due - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        asking.append(asyncio.create_task(ask(at, due)))
    await asyncio.gather(*asking)
    outcome.cpu_s = time.process_time() - used
    for line in idle:
        line.close()
    return outcome


def _request(path: str, host: str, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": host, "Accept": "*/*", "Accept-Encoding": "gzip, deflate", **headers}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
