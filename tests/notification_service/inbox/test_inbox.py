"""The inbox: events in words, read once, watched live."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from notification_service.contract.event_types import EventType
from notification_service.deps import NotificationDeps
from notification_service.events.service import EventService
from notification_service.inbox.tasks import publish_notification
from notification_service.models import NotificationRow
from shared.ids import new_id
from shared.streams import stream_key
from tests.notification_service.conftest import Person

WARNING = {"meter": "sandbox_cpu_ms", "used": 480_000, "limit": 600_000}


async def happen(
    deps: NotificationDeps, workspace_id: UUID, kind: EventType = "quota.warning"
) -> None:
    async with deps.units_of_work() as work:
        data = WARNING | {"strategy_name": "S", "number": 1, "sha256": "ab"}
        await EventService(work).record(workspace_id, kind, data)


async def test_events_come_into_the_inbox_in_words(
    client: Any, deps: NotificationDeps, person: Person
) -> None:
    await happen(deps, person.workspace_id)

    (item,) = (await client.get("/notifications")).json()["items"]

    assert item["type"] == "quota.warning"
    assert item["title"].startswith("Four fifths")
    assert "480 of 600" in item["text"]
    assert item["read_at"] is None
    assert (await client.get(f"/events/{item['event_id']}")).json()["data"]["limit"] == 600_000


async def test_reading_is_noted_once(client: Any, deps: NotificationDeps, person: Person) -> None:
    await happen(deps, person.workspace_id)
    (item,) = (await client.get("/notifications?unread=true")).json()["items"]

    first = (await client.post(f"/notifications/{item['id']}/read")).json()
    again = (await client.post(f"/notifications/{item['id']}/read")).json()

    assert first == again
    assert first["read_at"] is not None
    assert (await client.get("/notifications?unread=true")).json()["items"] == []
    assert len((await client.get("/notifications?unread=false")).json()["items"]) == 1


async def test_watchers_are_told(client: Any, deps: NotificationDeps, person: Person) -> None:
    await happen(deps, person.workspace_id)
    async with deps.units_of_work() as work:
        row = (await work.session.scalars(select(NotificationRow))).one()

    await publish_notification.run(deps, row.id)
    await publish_notification.run(deps, row.id)
    await publish_notification.run(deps, new_id())

    key = stream_key(person.workspace_id, "notifications")
    messages = [orjson.loads(fields[b"m"]) for _, fields in await deps.redis.xrange(key)]
    (listed,) = (await client.get("/notifications")).json()["items"]
    assert [message["data"] for message in messages] == [listed, listed]


async def test_preferences_choose_what_comes_in_and_in_which_language(
    client: Any, deps: NotificationDeps, person: Person
) -> None:
    wanted = {
        "inbox_event_types": ["strategy.version.created"],
        "locale": "ko",
        "quiet_hours": None,
    }
    path = "/notifications/preferences"
    await client.put(path, json=wanted, headers={"If-Match": "*"})

    await happen(deps, person.workspace_id)
    await happen(deps, person.workspace_id, "strategy.version.created")

    (item,) = (await client.get("/notifications")).json()["items"]
    assert item["type"] == "strategy.version.created"
    assert "새 버전" in item["title"]


async def test_others_inboxes_are_hidden(
    client: Any, client_of: Any, deps: NotificationDeps, person: Person
) -> None:
    await happen(deps, person.workspace_id)
    (item,) = (await client.get("/notifications")).json()["items"]
    other = client_of(new_id())

    assert (await other.get("/notifications")).json()["items"] == []
    assert (await other.post(f"/notifications/{item['id']}/read")).status_code == 404


@pytest.mark.parametrize("path", ["/notifications?limit=0", "/notifications?unread=maybe"])
async def test_bad_queries_are_refused(client: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 422


async def test_nobody_has_no_inbox(client_of: Any) -> None:
    assert (await client_of(None).get("/notifications")).status_code == 401
    path = f"/notifications/ntf_{new_id().hex}/read"
    assert (await client_of(None).post(path)).status_code == 401
