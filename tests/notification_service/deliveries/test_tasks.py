"""Each event reaches every channel that wants it, over the providers' real protocols."""

import email
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from notification_service.adapters.mail import MailFolder
from notification_service.deliveries.tasks import deliver, give_up
from notification_service.deps import NotificationDeps
from notification_service.models.channel import Kind
from shared.ids import public_id
from tests.notification_service.deliveries.sending import (
    Happen,
    add_channel,
    add_webhook,
    read,
    try_again,
)
from tests.notification_service.providers import Providers


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
