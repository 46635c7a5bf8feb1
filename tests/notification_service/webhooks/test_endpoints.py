"""``/webhooks``: the secret is shown once, and everything belongs to one workspace."""

import asyncio
from typing import Any, get_args
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from notification_service.client import NotificationClient
from notification_service.contract.channels import PushChannelCreate
from notification_service.contract.errors import DeliveryNotDeadError, NotificationNotFoundError
from notification_service.contract.event_types import EventType
from notification_service.contract.webhooks import (
    SecretRotation,
    WebhookCreate,
    WebhookReplay,
    WebhookUpdate,
)
from notification_service.deliveries.service import DeliveryService
from notification_service.deps import NotificationDeps
from notification_service.events.service import EventService
from notification_service.models import ChannelRow, EventRow
from notification_service.webhooks.service import signing_secrets
from shared.clock import utc_now
from shared.http.access import ACCESS_KEY
from shared.http.transports import connect
from shared.identity import Principal
from shared.ids import new_id, parse_public_id, public_id
from tests.notification_service.conftest import Person

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


async def test_the_plan_says_how_many_there_may_be(client: Any) -> None:
    answers = [
        await client.post("/webhooks", json=HOOK | {"url": f"https://example.com/{number}"})
        for number in range(3)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json()["code"] == "webhook-limit"


async def test_many_at_once_are_no_more_than_the_plan_allows(client: Any) -> None:
    answers = await asyncio.gather(
        *(
            client.post("/webhooks", json=HOOK | {"url": f"https://example.com/{number}"})
            for number in range(6)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]


async def test_the_same_key_makes_one_webhook(client: Any) -> None:
    key = {"Idempotency-Key": "first"}

    first = await client.post("/webhooks", json=HOOK, headers=key)
    again = await client.post("/webhooks", json=HOOK, headers=key)

    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert first.headers["location"] == f"/webhooks/{first.json()['id']}"
    assert len((await client.get("/webhooks")).json()["items"]) == 1


async def test_lost_updates_are_refused(client: Any) -> None:
    created = await client.post("/webhooks", json=HOOK)
    path = f"/webhooks/{created.json()['id']}"
    tag = (await client.get(path)).headers["etag"]
    assert tag == created.headers["etag"]

    changed = await client.patch(path, json={"enabled": False}, headers={"If-Match": tag})
    stale = await client.patch(path, json={"enabled": True}, headers={"If-Match": tag})
    blind = await client.patch(path, json={"enabled": True})

    assert (changed.status_code, stale.status_code, blind.status_code) == (200, 412, 428)
    assert (await client.get(path)).headers["etag"] == changed.headers["etag"]


async def test_two_webhooks_never_share_an_address(client: Any) -> None:
    await client.post("/webhooks", json=HOOK)
    second = await client.post("/webhooks", json=HOOK | {"url": "https://example.com/2"})

    answer = await client.patch(
        f"/webhooks/{second.json()['id']}", json={"url": HOOK["url"]}, headers=ANY
    )

    assert answer.json()["code"] == "channel-exists"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[64:ff9b::a00:1]/",
    ],
)
async def test_addresses_that_lead_inside_are_refused(
    client: Any, deps: NotificationDeps, url: str
) -> None:
    closed = deps.settings.model_copy(update={"webhook_private_hosts": False})
    object.__setattr__(deps, "settings", closed)

    answer = await client.post("/webhooks", json=HOOK | {"url": url})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "address-not-public"


async def test_rotation_without_overlap_voids_the_old_secret(
    client: Any, deps: NotificationDeps
) -> None:
    created = (await client.post("/webhooks", json=HOOK)).json()
    path = f"/webhooks/{created['id']}/rotate-secret"

    default = (await client.post(path)).json()
    assert default["previous_secret_expires_at"] is not None
    last = (await client.post(path, json={"overlap_s": 0})).json()

    assert last["previous_secret_expires_at"] is None
    async with deps.units_of_work() as work:
        row = (await work.session.scalars(select(ChannelRow))).one()
    assert signing_secrets(deps.vault, row, utc_now()) == (last["secret"],)
    assert (await client.post(path, json={"overlap_s": 10**9})).status_code == 422


@pytest.fixture
def happen(deps: NotificationDeps, workspace_id: UUID) -> Any:
    async def make() -> str:
        async with deps.units_of_work() as work:
            await EventService(work).record(workspace_id, "quota.warning", {"meter": "sms"})
            query = select(EventRow).order_by(EventRow.occurred_at.desc()).limit(1)
            return public_id("evt", (await work.session.scalars(query)).one().id)

    return make


async def test_missed_events_are_replayed(client: Any, happen: Any, client_of: Any) -> None:
    since = utc_now().isoformat()
    missed = [await happen() for _ in range(3)]
    asked = HOOK | {"event_types": ["quota.warning"]}
    webhook = (await client.post("/webhooks", json=asked)).json()
    path = f"/webhooks/{webhook['id']}"

    named = await client.post(f"{path}/replay", json={"event_ids": missed[:1]})
    assert named.status_code == 202
    assert named.json() == {"delivery_count": 1, "complete": True, "next_since": None}
    # The first is on its way already, so a span brings the other two.
    span = (await client.post(f"{path}/replay", json={"since": since})).json()
    assert span["delivery_count"] == 2

    items = (await client.get(f"{path}/deliveries?status=pending")).json()["items"]
    assert {item["event_id"] for item in items} == set(missed)
    assert (await client.get(f"{path}/deliveries?status=dead")).json()["items"] == []
    other = client_of(new_id())
    assert (await other.post(f"{path}/replay", json={"since": since})).status_code == 404


async def test_what_was_delivered_is_replayed_under_its_id(
    client: Any, happen: Any, deps: NotificationDeps
) -> None:
    asked = HOOK | {"event_types": ["quota.warning"]}
    webhook = (await client.post("/webhooks", json=asked)).json()
    event_id = await happen()
    path = f"/webhooks/{webhook['id']}"
    (before,) = (await client.get(f"{path}/deliveries")).json()["items"]
    delivery_id = parse_public_id("dlv", before["id"])
    assert delivery_id is not None
    async with deps.units_of_work() as work:
        await DeliveryService(work).succeed(delivery_id)

    await client.post(f"{path}/replay", json={"event_ids": [event_id]})

    (after,) = (await client.get(f"{path}/deliveries")).json()["items"]
    assert (after["id"], after["status"], after["attempts"]) == (before["id"], "pending", 0)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"event_ids": []},
        {"event_ids": [f"evt_{'0' * 32}"], "since": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"until": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-01T00:00:00"},
    ],
)
async def test_unclear_replays_are_refused(client: Any, asked: Any) -> None:
    webhook = (await client.post("/webhooks", json=HOOK)).json()

    answer = await client.post(f"/webhooks/{webhook['id']}/replay", json=asked)

    assert answer.status_code == 422


async def test_strangers_events_are_not_replayed(client: Any) -> None:
    webhook = (await client.post("/webhooks", json=HOOK)).json()

    answer = await client.post(
        f"/webhooks/{webhook['id']}/replay", json={"event_ids": [f"evt_{new_id().hex}"]}
    )

    assert answer.json()["code"] == "event-not-found"


async def test_the_typed_client_speaks_to_all_of_it(
    app: FastAPI, person: Person, deps: NotificationDeps
) -> None:
    notify = NotificationClient(connect(None, app), deps.identities)
    own = Principal(kind="session", user_id=person.user_id, workspace_id=person.workspace_id)
    asked = WebhookCreate(url="https://example.com/a", event_types=["quota.warning"])

    webhook = await notify.create_webhook(own, asked)
    changed = await notify.update_webhook(own, webhook.id, WebhookUpdate(enabled=True))
    rotated = await notify.rotate_webhook_secret(own, webhook.id, SecretRotation())
    delivery = await notify.test_webhook(own, webhook.id)
    span = WebhookReplay(since=utc_now())
    assert (await notify.replay_webhook(own, webhook.id, span)).delivery_count == 0
    assert (await notify.get_webhook(own, webhook.id)).id == changed.id
    assert rotated.secret != webhook.secret
    sent = (await notify.list_webhook_deliveries(own, webhook.id)).items
    assert sent == (await notify.list_deliveries(own, status="pending")).items == [delivery]
    with pytest.raises(DeliveryNotDeadError):
        await notify.requeue_dead_letter(own, delivery.id)
    assert [item.id for item in (await notify.list_webhooks(own)).items] == [webhook.id]
    events = (await notify.list_events(own)).items
    assert await notify.get_event(own, delivery.event_id) in events

    push = PushChannelCreate(
        kind="push", token="ExponentPushToken[a]", event_types=["backtest.failed"]
    )
    channel = await notify.create_channel(own, push)
    assert (await notify.verify_channel(own, channel.id, "123456")).verified
    assert (await notify.test_channel(own, channel.id)).channel_id == channel.id
    assert (await notify.list_channels(own)).items == [channel]
    await notify.delete_channel(own, channel.id)
    preferences = await notify.get_preferences(own)
    assert await notify.put_preferences(own, preferences) == preferences
    assert (await notify.list_notifications(own, unread=True)).items == []
    with pytest.raises(NotificationNotFoundError):
        await notify.read_notification(own, new_id())
    assert len(await notify.list_event_types(own)) == len(get_args(EventType))
    await notify.delete_webhook(own, webhook.id)


async def test_every_public_operation_has_examples(app: FastAPI) -> None:
    document = app.openapi()

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if ACCESS_KEY not in operation:
                continue
            for schema in _named_schemas(operation, document["components"]["schemas"]):
                assert "examples" in schema, (method, path, schema.get("title"))


def _named_schemas(operation: Any, schemas: Any) -> list[Any]:
    """Return the schemas of the body and of the good answers; of pages, their items'."""
    answers = [body for status, body in operation["responses"].items() if status.startswith("2")]
    found = []
    for part in [operation.get("requestBody", {}), *answers]:
        for content in part.get("content", {}).values():
            schema = content["schema"]
            for option in schema.get("oneOf", [schema]):
                named = schemas[option["$ref"].rpartition("/")[2]]
                items = named.get("properties", {}).get("items", {}).get("items")
                found.append(schemas[items["$ref"].rpartition("/")[2]] if items else named)
    return found


async def test_devices_register_again_and_again(client: Any, client_of: Any) -> None:
    token = {"token": "ExponentPushToken[here]"}

    first = await client.post("/push-tokens", json=token)
    again = await client.post("/push-tokens", json=token | {"locale": "ko"})

    assert first.json()["id"] == again.json()["id"]
    assert (await client.get("/push-tokens")).json()["items"] == [again.json()]
    assert again.json()["locale"] == "ko"
    assert (await client_of(new_id()).get("/push-tokens")).json()["items"] == []
    assert (await client_of(None).post("/push-tokens", json=token)).status_code == 401
    assert (await client.post("/push-tokens", json={"token": "x"})).status_code == 422
