"""The base of the generated groups of operations."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from naru_client.decoding import decode, decode_page
from naru_client.exchange import OMIT, Call, with_idempotency
from naru_client.pages import AsyncPages, Page, Pages
from naru_client.transport import AsyncTransport, Transport
from naru_client.uploads import Upload

Value = TypeVar("Value")


def fill(template: str, **values: object) -> str:
    """Put values into a path, each as one segment."""
    quoted = {name: quote(str(value), safe="") for name, value in values.items()}
    return template.format(**quoted)


def _call(
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: Any = OMIT,
    upload: Upload | None = None,
    headers: Mapping[str, str] | None = None,
    signed: bool = True,
    timeout_s: float | None = None,
    idempotency_key: str | None = None,
) -> Call:
    call = Call(
        method,
        path,
        query=query or {},
        body=body,
        upload=upload,
        headers=headers or {},
        signed=signed,
        timeout_s=timeout_s,
    )
    return with_idempotency(call, idempotency_key)


class Resource:
    """A group of operations."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _ask(self, kind: type[Value], method: str, path: str, **options: Any) -> Value:
        return decode(kind, self._transport.ask(_call(method, path, **options)))

    def _ask_any(self, kind: Any, method: str, path: str, **options: Any) -> Any:
        return self._ask(kind, method, path, **options)

    def _list(
        self, kind: type[Value], path: str, query: Mapping[str, Any], **options: Any
    ) -> Pages[Value]:
        def fetch(cursor: str | None) -> Page[Value]:
            asked = {**query, "cursor": cursor}
            return decode_page(
                kind, self._transport.ask(_call("GET", path, query=asked, **options))
            )

        return Pages(fetch, query.get("cursor"))


class AsyncResource:
    """A group of operations."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def _ask(self, kind: type[Value], method: str, path: str, **options: Any) -> Value:
        return decode(kind, await self._transport.ask(_call(method, path, **options)))

    async def _ask_any(self, kind: Any, method: str, path: str, **options: Any) -> Any:
        return await self._ask(kind, method, path, **options)

    def _list(
        self, kind: type[Value], path: str, query: Mapping[str, Any], **options: Any
    ) -> AsyncPages[Value]:
        async def fetch(cursor: str | None) -> Page[Value]:
            asked = {**query, "cursor": cursor}
            answer = await self._transport.ask(_call("GET", path, query=asked, **options))
            return decode_page(kind, answer)

        return AsyncPages(fetch, query.get("cursor"))
