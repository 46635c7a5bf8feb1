"""``If-Match`` names the revisions that a caller is willing to change."""

import pytest

from shared.errors import PreconditionFailedError, PreconditionRequiredError
from shared.http.preconditions import _read_if_match, entity_tag


@pytest.mark.parametrize("header", ['"7"', '"6", "7"', "*", ' "7" ', " * "])
async def test_the_named_revision_may_be_changed(header: str) -> None:
    (await _read_if_match(header)).check(7)


@pytest.mark.parametrize("header", ['"6"', "7", 'W/"7"', "", '"6", "8"', '"*"'])
async def test_any_other_is_stale(header: str) -> None:
    precondition = await _read_if_match(header)

    with pytest.raises(PreconditionFailedError) as caught:
        precondition.check(7)
    assert caught.value.headers == {"ETag": entity_tag(7)}


async def test_without_the_header_nothing_is_changed() -> None:
    with pytest.raises(PreconditionRequiredError):
        await _read_if_match(None)
