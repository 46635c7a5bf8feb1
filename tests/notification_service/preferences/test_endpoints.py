"""``/notifications/preferences``: replaced as a whole, never blindly."""

from typing import Any

import pytest

from shared.ids import new_id

PATH = "/notifications/preferences"
WANTED = {
    "inbox_event_types": ["backtest.failed"],
    "locale": "ko",
    "quiet_hours": {"start": "22:00:00", "end": "07:00:00", "time_zone": "Asia/Seoul"},
}


async def test_defaults_can_be_replaced(client: Any) -> None:
    first = await client.get(PATH)
    assert first.json()["locale"] == "en"
    assert "backtest.finished" in first.json()["inbox_event_types"]

    put = await client.put(PATH, json=WANTED, headers={"If-Match": first.headers["etag"]})

    assert put.json() == WANTED
    again = await client.get(PATH)
    assert (again.json(), again.headers["etag"]) == (WANTED, put.headers["etag"])
    assert again.headers["etag"] != first.headers["etag"]


async def test_lost_updates_are_refused(client: Any) -> None:
    tag = (await client.get(PATH)).headers["etag"]
    await client.put(PATH, json=WANTED, headers={"If-Match": tag})

    stale = await client.put(PATH, json=WANTED, headers={"If-Match": tag})
    blind = await client.put(PATH, json=WANTED)

    assert (stale.status_code, blind.status_code) == (412, 428)


@pytest.mark.parametrize(
    "change",
    [
        {"locale": "fr"},
        {"inbox_event_types": ["no.such"]},
        {"quiet_hours": {"start": "22:00", "end": "07:00", "time_zone": "Mars/Phobos"}},
        {"quiet_hours": {"start": "25:00", "end": "07:00", "time_zone": "UTC"}},
        {"colour": "red"},
    ],
)
async def test_bad_input_is_refused(client: Any, change: Any) -> None:
    answer = await client.put(PATH, json=WANTED | change, headers={"If-Match": "*"})

    assert answer.status_code == 422


async def test_everybody_has_their_own(client: Any, client_of: Any) -> None:
    await client.put(PATH, json=WANTED, headers={"If-Match": "*"})

    assert (await client_of(new_id()).get(PATH)).json()["locale"] == "en"
    assert (await client_of(None).get(PATH)).status_code == 401
    assert (await client_of(None).put(PATH, json=WANTED)).status_code == 401
