"""Lists come in pages; the cursor is opaque and signed, so nobody composes one by hand."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, SecretStr
from sqlakeyset import InvalidPage, Marker, Page, serialize_bookmark, unserialize_bookmark
from sqlakeyset.asyncio import select_page
from sqlakeyset.paging import core_page_from_rows, prepare_paging
from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from shared.errors import InvalidInputError
from shared.secrets import derive_key

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page holds")]
Cursor = Annotated[str | None, Query(max_length=2048, description="`next_cursor` of a page")]
DEFAULT_LIMIT = 50
_TAG_BYTES = 16
_NAME_ENDS = "|"
_ROWS = "rows_of_page"
_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


class ItemPage(BaseModel, Generic[Item]):
    """One page of a list; ``next_cursor`` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


class ListPage(ItemPage[Item], Generic[Item]):
    """One page of one of several lists.

    id   what the list belongs to
    """

    id: UUID


class CursorSigner:
    """Turns positions in an ordered query into cursors and back."""

    def __init__(self, master_key: SecretStr) -> None:
        self._key = derive_key(master_key, "list-cursors")

    def write(self, position: str) -> str:
        """Return the cursor for a position."""
        text = position.encode()
        return base64.urlsafe_b64encode(self._tag(text) + text).decode().rstrip("=")

    def read(self, cursor: str) -> str:
        """Return the position. Raises InvalidInputError for anything :meth:`write` did not make."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError) as error:
            raise _invalid_cursor() from error
        tag, text = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(text)):
            raise _invalid_cursor()
        return text.decode()

    def _tag(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, sha256)[:_TAG_BYTES]


class PagedList:
    """An ordered query that is read in pages; built once, since that takes as long as running it.

    The query selects one entity and is ordered by columns that are unique together. What differs
    from one reader to the next are bound parameters, given by name to :meth:`read`.
    """

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._entity = query.column_descriptions[0]["entity"]
        paging = prepare_paging(query, 0, None, False, orm=False, dialect=_DIALECT)
        first = paging.select.limit(bindparam(_ROWS, type_=Integer))
        self._first = paging._replace(select=first)

    async def read(
        self,
        session: AsyncSession,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
        **values: Any,
    ) -> tuple[Sequence[Any], str | None]:
        """Return one page's rows and the cursor of the next page.

        Raises InvalidInputError for a cursor that is not of this list.
        """
        if cursor is None:
            found = await session.execute(self._first.select, {**values, _ROWS: limit + 1})
            page = core_page_from_rows(self._first, found.all(), [], None, limit)
        else:
            page = await self._read_behind(session, cursors.read(cursor), limit, values)
        following = None
        if page.paging.has_next:
            following = _write_place(cursors, page.paging.bookmark_next, self._entity)
        return [row[0] for row in page], following

    async def _read_behind(
        self, session: AsyncSession, position: str, limit: int, values: Mapping[str, Any]
    ) -> Page[Any]:
        try:
            place = _read_place(position, self._entity)
            query = self._query.params(values) if values else self._query
            return await select_page(session, query, per_page=limit, after=place)
        except (InvalidPage, ValueError) as error:
            raise _invalid_cursor() from error


async def read_page(
    session: AsyncSession,
    query: Select[Any],
    cursors: CursorSigner,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Any], str | None]:
    """Read one page of a query that is made for this reader; see :class:`PagedList`."""
    return await PagedList(query).read(session, cursors, cursor, limit)


def _write_place(cursors: CursorSigner, bookmark: str, entity: Any) -> str:
    """Return the cursor of a place in a table; other tables do not take it."""
    return cursors.write(f"{entity.__tablename__}{_NAME_ENDS}{bookmark}")


def _read_place(position: str, entity: Any) -> Any:
    table, _, bookmark = position.partition(_NAME_ENDS)
    if table != entity.__tablename__:
        raise _invalid_cursor()
    return unserialize_bookmark(bookmark).place


async def read_first_pages(
    session: AsyncSession,
    query: Select[Any],
    group: InstrumentedAttribute[UUID],
    order: Sequence[InstrumentedAttribute[Any]],
    cursors: CursorSigner,
    limit: int,
) -> dict[UUID, tuple[Sequence[Any], str | None]]:
    """Read the first page of many lists at once, by the column that tells the lists apart.

    The query selects one entity; every list is ordered by ``order``, descending, and its cursors
    are those of :func:`read_page`. Lists without items are left out.
    """
    newest_first = [column.desc() for column in order]
    place = func.row_number().over(partition_by=group, order_by=newest_first).label("list_place")
    ranked = query.add_columns(place).subquery()
    entity = aliased(group.class_, ranked)
    found = await session.scalars(
        select(entity).where(ranked.c.list_place <= limit + 1).order_by(ranked.c.list_place)
    )
    lists: dict[UUID, list[Any]] = {}
    for row in found:
        lists.setdefault(getattr(row, group.key), []).append(row)
    pages: dict[UUID, tuple[Sequence[Any], str | None]] = {}
    for name, rows in lists.items():
        following = None
        if len(rows) > limit:
            keyset = tuple(getattr(rows[limit - 1], column.key) for column in order)
            bookmark = serialize_bookmark(Marker(keyset, backwards=False)) or ""
            following = _write_place(cursors, bookmark, group.class_)
        pages[name] = rows[:limit], following
    return pages


def slice_page(
    items: Sequence[Item],
    key: Callable[[Item], str],
    name: str,
    cursors: CursorSigner,
    cursor: str | None,
    limit: int,
) -> ItemPage[Item]:
    """Return one page of a list that is short enough to be read whole every time.

    The cursor holds the key of the last item shown and how many came up to it: the next page
    begins behind that item, or where it was if it has gone since. ``name`` keeps cursors of other
    lists out. Raises InvalidInputError for those.
    """
    begin = _find_place(items, key, name, cursors.read(cursor)) if cursor else 0
    end = begin + limit
    following = None
    if end < len(items):
        last = key(items[end - 1])
        following = cursors.write(f"{name}{_NAME_ENDS}{end}{_NAME_ENDS}{last}")
    return ItemPage(items=list(items[begin:end]), next_cursor=following)


def _find_place(items: Sequence[Item], key: Callable[[Item], str], name: str, position: str) -> int:
    given, _, place = position.partition(_NAME_ENDS)
    if given != name:
        raise _invalid_cursor()
    count, _, last = place.partition(_NAME_ENDS)
    behind = (at for at, item in enumerate(items, start=1) if key(item) == last)
    return next(behind, int(count) - 1)


def as_page(
    rows: Sequence[Any], following: str | None, present: Callable[[Any], Item]
) -> ItemPage[Item]:
    """Present rows as a page of public items."""
    return ItemPage(items=[present(row) for row in rows], next_cursor=following)


def _invalid_cursor() -> InvalidInputError:
    return InvalidInputError.at(
        "/query/cursor", "cursor-invalid", "use next_cursor of a page of this list, unchanged"
    )
