"""Pages of lists that are read whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.errors import InvalidInputError
from shared.http.pages import CursorSigner, ItemPage, slice_page

CURSORS = CursorSigner(SecretStr("00" * 32))


def page(items: list[str], cursor: str | None, limit: int) -> ItemPage[str]:
    """Return one page of letters."""
    return slice_page(items, str, "letters", CURSORS, cursor, limit)


@given(st.lists(st.text(), unique=True, max_size=30), st.integers(1, 10))
def test_pages_hold_every_item_once_and_in_order(items: list[str], limit: int) -> None:
    found: list[str] = []
    cursor = None
    while True:
        answer = page(items, cursor, limit)
        found += answer.items
        cursor = answer.next_cursor
        assert len(answer.items) == limit or cursor is None
        if cursor is None:
            break
    assert found == items


def test_the_next_page_begins_behind_the_last_item_shown() -> None:
    cursor = page(list("abcdef"), None, 3).next_cursor

    assert page(list("xabcdef"), cursor, 3).items == list("def")  # one came before it
    assert page(list("bcdef"), cursor, 3).items == list("def")  # one before it has gone
    assert page(list("abdef"), cursor, 3).items == list("def")  # it has gone itself
    assert page([], cursor, 3).items == []


def test_cursors_of_other_lists_are_refused() -> None:
    other = slice_page(list("abc"), str, "figures", CURSORS, None, 1).next_cursor

    for cursor in (other, "AAAA"):
        with pytest.raises(InvalidInputError):
            page(list("abc"), cursor, 1)
