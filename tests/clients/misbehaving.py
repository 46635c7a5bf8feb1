"""An HTTP server that answers each request as a test says: late, half, or not at all."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """What has come in. ``headers`` have lower-case names."""

    line: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[["MisbehavingServer", socket.socket, Request], None]


@dataclass
class MisbehavingServer:
    """Takes the next behaviour for each request; the last one stays."""

    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closed.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def will(self, *behaviours: Behaviour) -> None:
        """Say what happens to the next requests."""
        self.behaviours = list(behaviours)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = _read(connection)
            if request is None:
                return
            with self._lock:
                self.requests.append(request)
                left = self.behaviours
                behaviour = left.pop(0) if len(left) > 1 else left[0]
            behaviour(self, connection, request)


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Request(line, headers, body)


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer, and close the connection."""

    def behave(server: MisbehavingServer, connection: socket.socket, request: Request) -> None:
        connection.sendall(_message(status, body, headers or {}))

    return behave


def problem(status: int, code: str, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer with a problem."""
    body = {
        "type": f"https://naru.dev/problems/{code}",
        "title": code,
        "status": status,
        "detail": f"about {code}",
        "instance": None,
        "code": code,
        "request_id": "request-1",
        "errors": [],
    }
    return answer(status, body, headers)


def drop(server: MisbehavingServer, connection: socket.socket, request: Request) -> None:
    """Reset the connection instead of answering."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half(server: MisbehavingServer, connection: socket.socket, request: Request) -> None:
    """Break off in the middle of the body."""
    message = _message(200, {"items": [], "next_cursor": None}, {})
    connection.sendall(message[:-10])


def drip(server: MisbehavingServer, connection: socket.socket, request: Request) -> None:
    """Send a body of which there is always a little more, but never the end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not server.closed.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:  # the client has had enough
            return


def silent(server: MisbehavingServer, connection: socket.socket, request: Request) -> None:
    """Say nothing until the test is over."""
    server.closed.wait()


def _message(status: int, body: Any, headers: dict[str, str]) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    kind = "application/json" if status < 400 else "application/problem+json"
    fields = {
        "Content-Type": kind,
        "Content-Length": str(len(content)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content
