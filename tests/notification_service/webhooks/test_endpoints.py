"""``/webhooks``: the secret is shown once, and everything belongs to one workspace."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from notification_service.deps import NotificationDeps
from notification_service.models import ChannelRow
from notification_service.webhooks.service import signing_secrets
from shared.clock import utc_now
from shared.ids import new_id

ANY = {"If-Match": "*"}
HOOK = {"url": "https://example.com/hook", "event_types": ["backtest.finished"]}


async def test_secret_is_shown_when_made_and_never_again(
    client: Any, deps: NotificationDeps
) -> None:
    created = (await client.post("/webhooks", json=HOOK)).json()
    assert created["secret"].startswith("whsec_")

    listed = (await client.get("/webhooks")).json()["items"]
    assert listed == [{name: created[name] for name in created if name != "secret"}]

    async with deps.units_of_work() as work:
        row = (await work.session.scalars(select(ChannelRow))).one()
    assert created["secret"].encode() not in (row.secret or b"")
    assert signing_secrets(deps.vault, row, utc_now()) == (created["secret"],)


async def test_rotation_replaces_the_secret(client: Any) -> None:
    created = (await client.post("/webhooks", json=HOOK)).json()

    rotated = (await client.post(f"/webhooks/{created['id']}/rotate-secret")).json()

    assert rotated["secret"] != created["secret"]


async def test_update_changes_what_is_named(client: Any) -> None:
    created = (await client.post("/webhooks", json=HOOK)).json()

    answer = await client.patch(f"/webhooks/{created['id']}", json={"enabled": False}, headers=ANY)

    assert answer.json()["enabled"] is False
    assert answer.json()["url"] == HOOK["url"]


async def test_others_webhooks_do_not_exist(client: Any, client_of: Any) -> None:
    created = (await client.post("/webhooks", json=HOOK)).json()
    other, path = client_of(new_id()), f"/webhooks/{created['id']}"

    assert (await other.patch(path, json={"enabled": False}, headers=ANY)).status_code == 404
    assert (await other.delete(path)).status_code == 404
    assert (await other.post(f"{path}/rotate-secret")).status_code == 404
    assert (await other.get(f"{path}/deliveries")).status_code == 404
    assert (await client.get(f"{path}/deliveries")).json()["items"] == []
    assert (await client.delete(path)).status_code == 204


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com", "example.com", "http://user@example.com", "https://a b", "x" * 3000],
)
async def test_bad_urls_are_refused(client: Any, url: str) -> None:
    answer = await client.post("/webhooks", json=HOOK | {"url": url})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/url"


async def test_event_types_are_listed_and_events_are_empty_at_first(
    client: Any, workspace_id: UUID
) -> None:
    types = (await client.get("/event-types")).json()["items"]

    assert "backtest.finished" in [item["type"] for item in types]
    assert (await client.get("/events")).json() == {"items": [], "next_cursor": None}
    assert (await client.get(f"/events/evt_{new_id().hex}")).status_code == 404
