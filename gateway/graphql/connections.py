"""Relay connections on top of the services' cursor pages."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

import orjson
import strawberry

from gateway.graphql.limits import MAX_FIRST
from shared.errors import InvalidInputError

DEFAULT_FIRST = 20
_LARGEST_PAGE = 200
_FURTHEST_PLACE = 10_000

Node = TypeVar("Node")
Item_co = TypeVar("Item_co", covariant=True)
Item = TypeVar("Item")


class Page(Protocol[Item_co]):
    """What the services' clients answer with."""

    @property
    def items(self) -> Sequence[Item_co]:
        """The items of the page."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins."""
        ...


@strawberry.type(description="Where a page of a connection begins and ends.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type
class Connection(Generic[Node]):
    edges: list[Edge[Node]]
    page_info: PageInfo


async def connect(
    fetch: Callable[[str | None, int], Awaitable[Page[Item]]],
    present: Callable[[Item], Node],
    first: int,
    after: str | None,
) -> Connection[Node]:
    """Fetch one page, ``fetch(cursor, limit)``, as a connection.

    An edge's cursor names the page that it came with and its place in it, since the services give
    cursors to whole pages only. Raises InvalidInputError for ``first`` or ``after`` out of range.
    """
    if not 1 <= first <= MAX_FIRST:
        raise InvalidInputError.at("/first", "out-of-range", f"ask for 1 to {MAX_FIRST} items")
    cursor, skipped = _read(after) if after is not None else (None, 0)
    page = await fetch(cursor, min(first + skipped, _LARGEST_PAGE))
    items = page.items[skipped : skipped + first]
    is_whole = len(page.items) <= skipped + first  # lists that do not page come at once
    edges = [
        Edge(cursor=_write(cursor, skipped + place), node=present(item))
        for place, item in enumerate(items, start=1)
    ]
    if edges and is_whole and page.next_cursor is not None:
        edges[-1].cursor = _write(page.next_cursor, 0)
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.next_cursor is not None or not is_whole,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def _write(cursor: str | None, place: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([cursor, place])).decode()


def _read(text: str) -> tuple[str | None, int]:
    try:
        cursor, place = orjson.loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (binascii.Error, UnicodeEncodeError, ValueError, TypeError) as error:
        raise _not_ours() from error
    if not (cursor is None or isinstance(cursor, str)) or not isinstance(place, int):
        raise _not_ours()
    if not 0 <= place <= _FURTHEST_PLACE:
        raise _not_ours()
    return cursor, place


def _not_ours() -> InvalidInputError:
    return InvalidInputError.at("/after", "cursor-invalid", "use a cursor of this list, unchanged")
