"""Failures that last, targets that are gone, allowances and quiet hours that end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from notification_service.channels.service import ChannelService
from notification_service.consumers import consumers
from notification_service.contract.event_types import EventType
from notification_service.deliveries.tasks import deliver, give_up
from notification_service.deps import NotificationDeps
from notification_service.domain.retries import PAUSES
from notification_service.events.service import EventService
from notification_service.models import ChannelRow, DeliveryRow, EventRow
from notification_service.models.channel import Kind
from shared.clock import utc_now
from shared.ids import parse_public_id, public_id
from tests.notification_service.conftest import SMS_A_DAY
from tests.notification_service.deliveries.sending import (
    Happen,
    add_channel,
    add_webhook,
    read,
    try_again,
)
from tests.notification_service.providers import Providers


async def run_until_dead(deps: NotificationDeps, delivery_id: UUID) -> Any:
    await deliver.run(deps, delivery_id)
    while (row := await read(deps, delivery_id)).status == "pending":
        await try_again(deps, delivery_id)
    return row


async def events_of(deps: NotificationDeps, kind: EventType) -> list[EventRow]:
    async with deps.units_of_work() as work:
        query = select(EventRow).where(EventRow.type == kind)
        return list(await work.session.scalars(query))


async def test_a_message_that_never_gets_through_is_told_of(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    row = await happen()
    providers.fail_with = [500] * 20

    dead = await run_until_dead(deps, row.id)

    assert dead.attempts == len(PAUSES) + 1
    assert dead.next_try_at is None
    (event,) = await events_of(deps, "message.exhausted")
    assert event.data["delivery_id"] == public_id("dlv", row.id)
    assert event.data["error"] == "SendGrid answered 500"


async def test_dead_letters_about_dead_letters_are_not_told_of(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    async with deps.units_of_work(workspace_id) as work:
        wanted: list[EventType] = ["message.exhausted"]
        await ChannelService(work).add(workspace_id, "push", "ExponentPushToken[gone]", wanted)
    row = await happen()
    await give_up(deps, row.id)
    (event,) = await events_of(deps, "message.exhausted")
    async with deps.units_of_work() as work:
        query = select(DeliveryRow.id).where(DeliveryRow.event_id == event.id)
        (second,) = (await work.session.scalars(query)).all()

    await deliver.run(deps, second)

    assert (await read(deps, second)).status == "dead"
    assert len(await events_of(deps, "message.exhausted")) == 1


async def test_a_webhook_that_fails_for_days_is_switched_off(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
    client: Any,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    await add_channel(deps, workspace_id, "email", "me@example.com")
    providers.fail_with = [500] * 50
    start = utc_now()
    # Its signing identity is younger than the journey through time, so the client stays at home.
    for day in range(5):
        first = await happen_to_webhook(deps, workspace_id)
        with time_machine.travel(start + timedelta(days=day)):
            await deliver.run(deps, first)

    (webhook,) = (await client.get("/webhooks")).json()["items"]
    assert webhook["enabled"] is False
    assert "500" in webhook["disabled_reason"]
    (event,) = await events_of(deps, "webhook.disabled")
    assert event.data["webhook_id"] == webhook["id"]
    assert (await client.post(f"/webhooks/{webhook['id']}/test")).status_code == 409

    path = f"/webhooks/{webhook['id']}"
    again = await client.patch(path, json={"enabled": True}, headers={"If-Match": "*"})
    assert (again.json()["disabled_reason"], again.json()["failing_since"]) == (None, None)


async def happen_to_webhook(deps: NotificationDeps, workspace_id: UUID) -> UUID:
    """Make a delivery to the workspace's webhook; return its id."""
    async with deps.units_of_work() as work:
        query = select(ChannelRow).where(
            ChannelRow.workspace_id == workspace_id, ChannelRow.kind == "webhook"
        )
        return (await EventService(work).test((await work.session.scalars(query)).one())).id


async def test_success_forgives_earlier_failures(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
    client: Any,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    row = await happen()
    providers.fail_with = [500]
    await deliver.run(deps, row.id)
    assert (await client.get("/webhooks")).json()["items"][0]["failing_since"] is not None

    await try_again(deps, row.id)

    assert (await client.get("/webhooks")).json()["items"][0]["failing_since"] is None


async def test_a_webhook_that_is_gone_is_switched_off_at_once(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
    client: Any,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    row = await happen()
    providers.fail_with = [410]

    await deliver.run(deps, row.id)

    assert (await read(deps, row.id)).status == "dead"
    assert (await client.get("/webhooks")).json()["items"][0]["enabled"] is False
    assert len(await events_of(deps, "webhook.disabled")) == 1


async def test_both_secrets_sign_while_they_overlap(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
    client: Any,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    old = providers.webhook_secret
    (webhook,) = (await client.get("/webhooks")).json()["items"]
    rotate = f"/webhooks/{webhook['id']}/rotate-secret"
    new = (await client.post(rotate, json={"overlap_s": 60})).json()["secret"]

    await deliver.run(deps, (await happen()).id)
    providers.webhook_secret = new
    await deliver.run(deps, (await happen()).id)
    assert len(providers.hooks) == 2

    providers.webhook_secret = old
    late = await happen()
    with time_machine.travel(utc_now() + timedelta(seconds=61)):
        await deliver.run(deps, late.id)
    assert (await read(deps, late.id)).error == "the receiver answered 401"


async def test_text_messages_end_with_the_plans_allowance(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    happen: Happen,
    auth_http: Any,
    client: Any,
) -> None:
    await add_channel(deps, workspace_id, "sms", "+821012345678")
    providers.fail_with = [503]
    failed = await happen()
    await deliver.run(deps, failed.id)  # a failure of ours costs nothing
    rows = [await happen() for _ in range(SMS_A_DAY + 1)]

    for row in rows:
        await deliver.run(deps, row.id)

    assert len(providers.texts) == SMS_A_DAY
    assert (await read(deps, rows[-1].id)).status == "dead"
    assert "used up" in (await read(deps, rows[-1].id)).error
    headers = client.headers
    meters = (await auth_http.get("/usage", headers=headers)).json()["meters"]
    assert [(m["used"], m["reserved"]) for m in meters if m["meter"] == "sms"] == [(SMS_A_DAY, 0)]

    follower = consumers(deps)[0]
    while await follower.consume_batch():
        pass
    (warning,) = await events_of(deps, "quota.warning")
    assert warning.data == {"meter": "sms", "used": SMS_A_DAY, "limit": SMS_A_DAY}


@pytest.mark.parametrize(
    ("kind", "target", "waits"),
    [
        ("push", "ExponentPushToken[here]", True),
        ("sms", "+821012345678", True),
        ("email", "me@example.com", False),
    ],
)
async def test_devices_are_silent_in_quiet_hours(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    happen: Happen,
    client: Any,
    kind: Kind,
    target: str,
    waits: bool,
) -> None:
    await add_channel(deps, workspace_id, kind, target)
    now = utc_now()
    start, end = (now + timedelta(hours=hours) for hours in (-1, 1))
    wanted = {
        "inbox_event_types": [],
        "locale": "en",
        "quiet_hours": {
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
            "time_zone": "UTC",
        },
    }
    path = "/notifications/preferences"
    assert (await client.put(path, json=wanted, headers={"If-Match": "*"})).status_code == 200
    row = await happen()

    await deliver.run(deps, row.id)

    sent = providers.pushes + providers.texts + providers.mails
    assert len(sent) == (0 if waits else 1)
    if waits:
        await try_again(deps, row.id)
        assert (await read(deps, row.id)).status == "delivered"
        assert (await read(deps, row.id)).attempts == 1


async def test_a_drop_by_drop_answer_is_cut_off(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/drip", providers)
    deps.senders["webhook"]._http.timeout = 0.2  # type: ignore[attr-defined]
    row = await happen()

    await deliver.run(deps, row.id)

    assert (await read(deps, row.id)).status == "pending"
    assert (await read(deps, row.id)).error


async def test_a_test_goes_to_one_channel_only(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, client: Any
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    await add_channel(deps, workspace_id, "push", "ExponentPushToken[here]")
    items = (await client.get("/notifications/channels")).json()["items"]
    (mail,) = [item for item in items if item["kind"] == "email"]

    sent = (await client.post(f"/notifications/channels/{mail['id']}/test")).json()

    delivery_id = parse_public_id("dlv", sent["id"])
    assert delivery_id is not None
    await deliver.run(deps, delivery_id)
    assert [item["subject"] for item in providers.mails] == ["A test from Naru"]
    assert providers.pushes == []
    assert (await client.get("/notifications")).json()["items"] == []
