"""Lists come in pages; the cursor is opaque and signed, so nobody composes one by hand."""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, SecretStr
from sqlakeyset import InvalidPage, Page, unserialize_bookmark
from sqlakeyset.asyncio import select_page
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import InvalidInputError
from shared.secrets import derive_key

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page holds")]
Cursor = Annotated[str | None, Query(max_length=2048, description="`next_cursor` of a page")]
DEFAULT_LIMIT = 50
_TAG_BYTES = 16


class ItemPage(BaseModel, Generic[Item]):
    """One page of a list; ``next_cursor`` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


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


async def read_page(
    session: AsyncSession,
    query: Select[Any],
    cursors: CursorSigner,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Any], str | None]:
    """Run an ordered query for one page; return its rows and the cursor of the next page.

    The query selects one entity and is ordered by columns that are unique together.
    Raises InvalidInputError for a cursor that is not of this list.
    """
    try:
        place = unserialize_bookmark(cursors.read(cursor)).place if cursor else None
        page: Page[Any] = await select_page(session, query, per_page=limit, after=place)
    except (InvalidPage, ValueError) as error:
        raise _invalid_cursor() from error
    following = cursors.write(page.paging.bookmark_next) if page.paging.has_next else None
    return [row[0] for row in page], following


def as_page(
    rows: Sequence[Any], following: str | None, present: Callable[[Any], Item]
) -> ItemPage[Item]:
    """Present rows as a page of public items."""
    return ItemPage(items=[present(row) for row in rows], next_cursor=following)


def _invalid_cursor() -> InvalidInputError:
    return InvalidInputError.at(
        "/query/cursor", "cursor-invalid", "use next_cursor of a page of this list, unchanged"
    )
