"""Lists that come in pages, as iterators."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page; ``next_cursor`` is None on the last one."""

    items: list[Item]
    next_cursor: str | None


class Pages(Generic[Item]):
    """All items of a list; pages are fetched as they are needed."""

    def __init__(self, fetch: Callable[[str | None], Page[Item]], cursor: str | None) -> None:
        self._fetch = fetch
        self._cursor = cursor

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[Item]]:
        """Yield page by page."""
        cursor = self._cursor
        while True:
            page = self._fetch(cursor)
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return

    def first_page(self) -> Page[Item]:
        """Return the first page alone."""
        return self._fetch(self._cursor)


class AsyncPages(Generic[Item]):
    """All items of a list; pages are fetched as they are needed."""

    def __init__(
        self, fetch: Callable[[str | None], Awaitable[Page[Item]]], cursor: str | None
    ) -> None:
        self._fetch = fetch
        self._cursor = cursor

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[Item]]:
        """Yield page by page."""
        cursor = self._cursor
        while True:
            page = await self._fetch(cursor)
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return

    async def first_page(self) -> Page[Item]:
        """Return the first page alone."""
        return await self._fetch(self._cursor)
