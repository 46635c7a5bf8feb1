"""Each event reaches every channel that wants it, over the providers' real protocols."""

import email
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from notification_service.adapters.mail import MailFolder
from notification_service.channels.service import ChannelService
from notification_service.contract.event_types import EventType
from notification_service.contract.webhooks import WebhookCreate
from notification_service.deliveries.tasks import deliver, give_up
from notification_service.deps import NotificationDeps
from notification_service.domain.retries import PAUSES
from notification_service.events.service import EventService
from notification_service.models import ChannelRow, DeliveryRow, EventRow
from notification_service.models.channel import Kind
from notification_service.webhooks.registering import register_webhook
from shared.clock import utc_now
from shared.events.types import EventEnvelope
from shared.ids import new_id, parse_public_id, public_id
from tests.notification_service.conftest import SMS_A_DAY
from tests.notification_service.providers import Providers

WANTED: list[EventType] = ["backtest.finished"]
METRICS = {"total_return": 0.1234, "max_drawdown": -0.2, "sharpe": None, "trade_count": 7}

Happen = Callable[[], Awaitable[DeliveryRow]]


@pytest.fixture
def happen(deps: NotificationDeps, workspace_id: UUID) -> Happen:
    """Let a backtest finish; return the one delivery that follows."""

    async def make() -> DeliveryRow:
        envelope = EventEnvelope(
            seq=1,
            id=new_id(),
            name="trading.backtest.finished",
            workspace_id=workspace_id,
            payload={
                "workspace_id": str(workspace_id),
                "backtest_id": str(new_id()),
                "strategy_name": "SmaCross",
                "symbols": ["AAPL"],
                "metrics": METRICS,
            },
            request_id=None,
            occurred_at=utc_now(),
        )
        async with deps.units_of_work() as work:
            await EventService(work).take_in(envelope)
            query = select(DeliveryRow).where(DeliveryRow.event_id == envelope.id)
            return (await work.session.scalars(query)).one()

    return make


async def add_channel(deps: NotificationDeps, workspace: UUID, kind: Kind, target: str) -> None:
    async with deps.units_of_work(workspace) as work:
        assert await ChannelService(work).add(workspace, kind, target, WANTED)


async def add_webhook(
    deps: NotificationDeps, workspace: UUID, url: str, providers: Providers
) -> None:
    asked = WebhookCreate(url=url, event_types=WANTED)
    _, providers.webhook_secret = await register_webhook(deps, workspace, asked)


async def read(deps: NotificationDeps, delivery_id: UUID) -> Any:
    async with deps.units_of_work() as work:
        return await work.session.get(DeliveryRow, delivery_id)


async def try_again(deps: NotificationDeps, delivery_id: UUID) -> None:
    """Run the delivery's job when it is due."""
    row = await read(deps, delivery_id)
    with time_machine.travel(row.next_try_at):
        await deliver.run(deps, delivery_id)


async def test_mail_goes_through_sendgrid(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    row = await happen()

    await deliver.run(deps, row.id)

    (mail,) = providers.mails
    assert mail["personalizations"][0]["to"] == [{"email": "me@example.com"}]
    assert mail["subject"] == "Backtest finished: SmaCross on AAPL"
    assert "+12.34%" in mail["content"][0]["value"]
    assert (await read(deps, row.id)).status == "delivered"


async def test_webhook_is_signed_and_carries_the_event(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    row = await happen()

    await deliver.run(deps, row.id)

    (hook,) = providers.hooks
    assert hook["id"] == public_id("dlv", row.id)
    assert hook["event"]["type"] == "backtest.finished"
    assert hook["event"]["data"]["backtest_id"].startswith("bt_")
    assert "workspace_id" not in hook["event"]["data"]


async def test_push_goes_through_expo(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen
) -> None:
    await add_channel(deps, workspace_id, "push", "ExponentPushToken[here]")

    await deliver.run(deps, (await happen()).id)

    (push,) = providers.pushes
    assert push["to"] == "ExponentPushToken[here]"
    assert push["title"].startswith("Backtest finished")


async def test_text_goes_through_twilio(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen
) -> None:
    await add_channel(deps, workspace_id, "sms", "+821012345678")

    await deliver.run(deps, (await happen()).id)

    (text,) = providers.texts
    assert text["To"] == "+821012345678"
    assert len(text["Body"]) <= 320


async def test_delivered_twice_is_sent_once(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    row = await happen()

    await deliver.run(deps, row.id)
    await deliver.run(deps, row.id)

    assert len(providers.mails) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("kind", ["email", "push", "sms", "webhook"])
async def test_provider_trouble_is_tried_again(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
    kind: str,
    status: int,
) -> None:
    if kind == "webhook":
        await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    else:
        targets: dict[str, tuple[Kind, str]] = {
            "email": ("email", "me@example.com"),
            "push": ("push", "ExponentPushToken[here]"),
            "sms": ("sms", "+821012345678"),
        }
        await add_channel(deps, workspace_id, *targets[kind])
    row = await happen()
    providers.fail_with = [status]

    await deliver.run(deps, row.id)
    failed = await read(deps, row.id)
    assert (failed.status, failed.attempts) == ("pending", 1)
    assert failed.error

    await deliver.run(deps, row.id)  # too early
    assert (await read(deps, row.id)).attempts == 1
    await try_again(deps, row.id)
    delivered = await read(deps, row.id)
    assert (delivered.status, delivered.attempts, delivered.error) == ("delivered", 2, None)


@pytest.mark.parametrize(
    ("kind", "target"),
    [("push", "ExponentPushToken[gone]"), ("sms", "+15005550001")],
)
async def test_hopeless_target_becomes_a_dead_letter_at_once(
    deps: NotificationDeps, workspace_id: UUID, happen: Happen, kind: Kind, target: str
) -> None:
    await add_channel(deps, workspace_id, kind, target)
    row = await happen()

    await deliver.run(deps, row.id)

    dead = await read(deps, row.id)
    assert dead.status == "dead"
    assert dead.error


async def test_redirects_are_not_followed(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
) -> None:
    await add_webhook(deps, workspace_id, f"{providers_url}/moved", providers)
    row = await happen()

    await deliver.run(deps, row.id)

    assert "302" in (await read(deps, row.id)).error
    assert providers.hooks == []


async def test_webhook_to_a_private_address_is_refused(
    deps: NotificationDeps,
    workspace_id: UUID,
    providers: Providers,
    providers_url: str,
    happen: Happen,
) -> None:
    deps.senders["webhook"]._private_hosts = False  # type: ignore[attr-defined]
    await add_webhook(deps, workspace_id, f"{providers_url}/hook", providers)
    row = await happen()

    await deliver.run(deps, row.id)

    dead = await read(deps, row.id)
    assert dead.status == "dead"
    assert "not a public address" in dead.error
    assert providers.hooks == []


async def test_given_up_delivery_can_be_requeued(
    deps: NotificationDeps, workspace_id: UUID, providers: Providers, happen: Happen, client: Any
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    row = await happen()
    await give_up(deps, row.id)
    await give_up(deps, row.id)

    listed = (await client.get("/notifications/dead-letters")).json()
    assert [item["id"] for item in listed["items"]] == [public_id("dlv", row.id)]
    path = f"/notifications/dead-letters/{public_id('dlv', row.id)}/requeue"
    assert (await client.post(path)).json()["status"] == "pending"
    assert (await client.post(path)).status_code == 409

    await deliver.run(deps, row.id)
    assert len(providers.mails) == 1


async def test_without_a_key_mail_becomes_a_file(
    deps: NotificationDeps, workspace_id: UUID, happen: Happen, tmp_path: Path
) -> None:
    await add_channel(deps, workspace_id, "email", "me@example.com")
    row = await happen()
    deps.senders["email"] = MailFolder(tmp_path / "mail", "naru@example.com")  # type: ignore[index]

    await deliver.run(deps, row.id)

    (path,) = (tmp_path / "mail").iterdir()
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert mail["To"] == "me@example.com"
    assert "SmaCross" in mail["Subject"]
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert "Total return" in plain.get_content()
    assert page is not None
    assert '<a href="http' in page.get_content()


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
