"""Requests as somebody with bad intentions would write them, byte by byte."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]

_ID = "0199f0c2b7a77c3e9d1e5a4b3c2d1e0f"
SEGMENTS = (
    "%00", "%2F", "..", "%2e%2e", "%", "%zz", "%ff", "x" * 3000, "-1", "0", "9" * 40, "1e5", "null",
    "st_" + "g" * 32, f"st_{_ID}", f"bt_{_ID}", f"usr_{_ID}", f"ST_{_ID}", "%F0%9F%92%A3",
    "%ED%A0%80", ";", "%20", "{}", "st_" + "0" * 31,
)  # fmt: skip
VALUES = (
    "", "%00", "-1", "0", "99999999999999999999", "1e400", "NaN", "x" * 3000, "%ED%A0%80", "'",
    "%F0%9F%92%A3", "null", "[]", "2026-13-45T99:00:00Z", "0001-01-01T00:00:00%2B23:59",
    "9999-12-31T23:59:59Z", "AAAA", "%", "+", "A" * 64 + "=", "true",
)  # fmt: skip
_NESTED = 1000
BODIES: tuple[tuple[str, bytes], ...] = (
    ("empty", b""),
    ("null", b"null"),
    ("number", b"5"),
    ("list", b"[]"),
    ("object", b"{}"),
    ("NaN", b"NaN"),
    ("infinity", b'{"name": -Infinity}'),
    ("1e400", b'{"name": 1e400, "limit": -1e400}'),
    ("surrogate", b'{"name": "\\ud800", "email": "\\udfff"}'),
    ("nul", b'{"name": "a\\u0000b", "source": "\\u0000"}'),
    ("raw nul", b'{"name": "a\x00b"}'),
    ("repeated", b'{"name": "a", "name": "b"}'),
    ("nested lists", b"[" * _NESTED + b"]" * _NESTED),
    ("nested objects", b'{"a":' * _NESTED + b"1" + b"}" * _NESTED),
    ("65 levels", b'{"config":' * 65 + b"1" + b"}" * 65),
    ("long number", b'{"name": ' + b"9" * 5000 + b"}"),
    ("cut", b'{"name": "a'),
    ("rest", b'{"name": "a"} {"name": "b"}'),
    ("utf-16", '{"name": "a"}'.encode("utf-16")),
    ("utf-32", '{"name": "a"}'.encode("utf-32")),
    ("bom", b'\xef\xbb\xbf{"name": "a"}'),
    ("latin-1", b'{"name": "\xe9"}'),
    ("gzip", gzip.compress(b'{"name": "a"}')),
    ("proto", b'{"__proto__": {"a": 1}, "constructor": 1}'),
    ("wide", json.dumps({f"k{number}": number for number in range(5000)}).encode()),
)
MEMBERS: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**70, -(2**70), 1e308, "", "x" * 200_000, "\u202e\U0001f4a3", [], {},
    [[]], [None] * 1000, {"": ""}, "1e400", "-0", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59Z",
    "http://[::1]:0/", "http://169.254.169.254/", "a@b", f"ver_{_ID}", "'; DROP TABLE x; --",
)  # fmt: skip
HEADERS: tuple[tuple[str, bytes], ...] = (
    ("forged identity", b"X-Naru-Identity: eyJhbGciOiJub25lIn0.e30."),
    ("bearer nothing", b"Authorization: Bearer"),
    ("bearer none", b"Authorization: Bearer eyJhbGciOiJub25lIn0.e30."),
    ("bearer long", b"Authorization: Bearer " + b"x" * 9000),
    ("basic", b"Authorization: Basic Og=="),
    ("bytes", b"Authorization: Bearer \xff\xfe"),
    ("two keys", b"X-API-Key: a\r\nX-API-Key: b"),
    ("if-match", b"If-Match: \xff"),
    ("if-match number", b'If-Match: "99999999999999999999999999"'),
    ("if-match star", b"If-Match: *"),
    ("if-match weak", b'If-Match: W/"1", "2'),
    ("if-none-match", b"If-None-Match: " + b'"a",' * 500),
    ("key", b"Idempotency-Key: " + b"k" * 300),
    ("key bytes", b"Idempotency-Key: \xc3\xa9"),
    ("key empty", b"Idempotency-Key:"),
    ("request id", b"X-Request-Id: ${jndi:ldap://x}\t\xff"),
    ("range", b"Range: bytes=0-,5-2"),
    ("accept", b"Accept: */*;q=x, application/xml"),
    ("encoding", b"Content-Encoding: gzip"),
    ("cookie", b"Cookie: naru_device=" + b"x" * 4000),
    ("traceparent", b"traceparent: 00-zz-zz-zz"),
    ("forwarded", b'Forwarded: for="[::1]"\r\nX-Forwarded-For: \', 1.2.3.4'),
    ("origin", b"Origin: null"),
    ("many", b"\r\n".join(b"X-%d: y" % number for number in range(90))),
)
TYPES = ("application/json", "text/csv", "multipart/form-data", "multipart/form-data; boundary=x",
         "application/json; charset=utf-16", "application/x-parquet", "")  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """One request.

    what       for people
    target     as in the request line
    """

    what: str
    method: str
    target: str
    headers: tuple[bytes, ...] = ()
    body: bytes | None = field(default=None, repr=False)

    def to_bytes(self, host: str, token: str | None) -> bytes:
        """Return what goes over the wire."""
        lines = [
            f"{self.method} {self.target} HTTP/1.1".encode("latin-1"),
            f"Host: {host}".encode(),
            b"Connection: close",
        ]
        if token is not None and not any(
            line.startswith(b"Authorization") for line in self.headers
        ):
            lines.append(f"Authorization: Bearer {token}".encode())
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}".encode())
        return b"\r\n".join([*lines, *self.headers, b"", self.body or b""])


def hostile_to_operation(
    method: str, path: str, operation: Document, document: Document
) -> Iterator[Hostile]:
    """Yield requests against one operation: path, query, header fields, body."""
    name = operation["operationId"]
    plain = fill(path, f"st_{_ID}")
    body = b"{}" if method in {"POST", "PUT", "PATCH"} else None
    sent = (b"Content-Type: application/json", b'If-Match: "1"') if body is not None else ()
    if "{" in path:
        for segment in SEGMENTS:
            yield Hostile(f"{name} path {segment[:20]}", method, fill(path, segment), sent, body)
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            for value in VALUES:
                target = f"{plain}?{parameter['name']}={value}"
                yield Hostile(
                    f"{name} ?{parameter['name']}={value[:20]}", method, target, sent, body
                )
    for query in ("a=1&" * 200, "%", "=", "a[b]=c", "&&&", "\xff"):
        yield Hostile(f"{name} query {query[:9]}", method, f"{plain}?{query}", sent, body)
    for what, line in HEADERS:
        kept = tuple(own for own in sent if own.partition(b":")[0] != line.partition(b":")[0])
        yield Hostile(f"{name} header {what}", method, plain, (*kept, line), body)
    if body is not None:
        yield from _hostile_bodies(name, method, plain, operation, document)


def _hostile_bodies(
    name: str, method: str, target: str, operation: Document, document: Document
) -> Iterator[Hostile]:
    state = b'If-Match: "1"'
    for kind in TYPES:
        for what, body in BODIES if kind == TYPES[0] else BODIES[3:12:4]:
            headers = (f"Content-Type: {kind}".encode(), state)
            yield Hostile(f"{name} {kind} {what}", method, target, headers, body)
    for member, example in _members(operation, document):
        for value in MEMBERS:
            body = json.dumps({**example, member: value}).encode()
            headers = (b"Content-Type: application/json", state)
            yield Hostile(f"{name} {member}={str(value)[:20]}", method, target, headers, body)


def _members(operation: Document, document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    text = json.dumps(content.get("schema", {}))
    for schema_name, schema in document["components"]["schemas"].items():
        if f'"#/components/schemas/{schema_name}"' in text:
            example = {
                name: (part.get("examples") or [None])[0]
                for name, part in schema.get("properties", {}).items()
                if part.get("examples")
            }
            for member in schema.get("properties", {}):
                yield member, example


def fill(path: str, segment: str) -> str:
    """Put a segment in the place of every variable."""
    return "/".join(segment if part.startswith("{") else part for part in path.split("/"))


_POST = b"POST /api/v1/strategies HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
_WEBSOCKET = (
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
BROKEN_MESSAGES: tuple[tuple[str, bytes], ...] = (
    ("nothing", b"\r\n\r\n"),
    ("noise", bytes(range(256)) * 8),
    ("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200),
    ("http/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("http/0.9", b"GET /\r\n\r\n"),
    ("http/9", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
    ("no host", b"GET /api/v1/plans HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ("two hosts", b"GET /api/v1/plans HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"),
    ("absolute", b"GET http://evil/api/v1/plans HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("connect", b"CONNECT evil:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("method", b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("own method", b"BREW /api/v1/plans HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("trace", b"TRACE /api/v1/plans HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("raw path", b"GET /api/v1/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("long path", b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("many fields", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"),
    ("long field", b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 500_000 + b"\r\n\r\n"),
    ("no colon", b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
    ("folded", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nConnection: close\r\n\r\n"),
    ("nul field", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n"),
    ("length -1", _POST + b"Content-Length: -1\r\n\r\n{}"),
    ("length word", _POST + b"Content-Length: two\r\n\r\n{}"),
    ("length huge", _POST + b"Content-Length: 99999999999999999999\r\n\r\n{}"),
    ("two lengths", _POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    ("smuggled", _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"),
    ("bad chunk", _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    ("chunk -1", _POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n"),
    ("chunk huge", _POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}"),
    ("other coding", _POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("trailer", _POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n"),
    ("websocket", b"GET /api/v1/plans HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n" + _WEBSOCKET),
    ("websocket half", b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n"),
    ("h2c", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n"),
)  # fmt: skip
