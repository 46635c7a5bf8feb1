"""A new address is sent a code, and nothing else before its owner has given it back."""

from typing import Any

import pytest
import time_machine
from sqlalchemy import select, text

from notification_service.confirmations.service import MOST_A_DAY, MOST_WRONG
from notification_service.confirmations.tasks import send_code
from notification_service.deps import NotificationDeps
from notification_service.events.service import EventService
from notification_service.models import ConfirmationRow, DeliveryRow
from shared.ids import new_id
from tests.notification_service.conftest import Person
from tests.notification_service.providers import Providers

CHANNELS = "/notifications/channels"
MAIL = {"kind": "email", "address": "me@example.com", "event_types": ["quota.warning"]}
SMS = {"kind": "sms", "number": "+821012345678", "event_types": ["quota.warning"]}


async def confirmation(deps: NotificationDeps) -> ConfirmationRow:
    async with deps.units_of_work() as work:
        query = select(ConfirmationRow).order_by(ConfirmationRow.created_at.desc()).limit(1)
        return (await work.session.scalars(query)).one()


async def deliveries(deps: NotificationDeps, person: Person) -> int:
    """Warn the workspace; return how many deliveries there are."""
    async with deps.units_of_work() as work:
        data = {"meter": "sms", "used": 4, "limit": 5}
        await EventService(work).record(person.workspace_id, "quota.warning", data)
        return len((await work.session.scalars(select(DeliveryRow))).all())


@pytest.mark.parametrize("asked", [MAIL, SMS])
async def test_the_code_confirms_the_channel(
    client: Any, deps: NotificationDeps, person: Person, providers: Providers, asked: Any
) -> None:
    channel = (await client.post(CHANNELS, json=asked)).json()
    assert channel["verified"] is False
    assert await deliveries(deps, person) == 0

    await send_code.run(deps, (await confirmation(deps)).id)
    sent = str(providers.mails or providers.texts)
    code = deps.codes.spell((await confirmation(deps)).id)
    assert code in sent
    path = f"{CHANNELS}/{channel['id']}"
    assert (await client.post(f"{path}/test")).json()["code"] == "channel-not-verified"
    verified = await client.post(f"{path}/verify", json={"code": code})

    assert verified.json()["verified"] is True
    assert await deliveries(deps, person) == 1
    assert (await client.post(f"{path}/test")).status_code == 202


async def test_the_code_is_sent_no_more_once_it_is_given(
    client: Any, deps: NotificationDeps, providers: Providers
) -> None:
    channel = (await client.post(CHANNELS, json=MAIL)).json()
    row = await confirmation(deps)
    code = {"code": deps.codes.spell(row.id)}
    await client.post(f"{CHANNELS}/{channel['id']}/verify", json=code)

    await send_code.run(deps, row.id)

    assert providers.mails == []


async def test_guessing_ends_soon(client: Any, deps: NotificationDeps) -> None:
    channel = (await client.post(CHANNELS, json=MAIL)).json()
    path = f"{CHANNELS}/{channel['id']}/verify"
    code = deps.codes.spell((await confirmation(deps)).id)
    wrong = {"code": f"{(int(code) + 1) % 10**6:06d}"}

    for _ in range(MOST_WRONG):
        answer = await client.post(path, json=wrong)
        assert answer.json()["code"] == "channel-code-invalid"

    assert (await client.post(path, json={"code": code})).status_code == 422


async def test_a_late_code_is_void(client: Any, deps: NotificationDeps, client_of: Any) -> None:
    channel = (await client.post(CHANNELS, json=MAIL)).json()
    row = await confirmation(deps)
    workspace = row.workspace_id

    with time_machine.travel(row.expires_at):
        late = await client_of(workspace).post(
            f"{CHANNELS}/{channel['id']}/verify", json={"code": deps.codes.spell(row.id)}
        )

    assert late.json()["code"] == "channel-code-invalid"


async def test_strangers_are_not_mailed_again_and_again(client: Any) -> None:
    for _ in range(MOST_A_DAY):
        channel = (await client.post(CHANNELS, json=MAIL)).json()
        await client.delete(f"{CHANNELS}/{channel['id']}")

    answer = await client.post(CHANNELS, json=MAIL)

    assert answer.status_code == 429
    assert answer.json()["code"] == "confirmation-limit"
    assert (await client.get(CHANNELS)).json()["items"] == []


async def test_the_own_confirmed_address_needs_no_code(
    client: Any, deps: NotificationDeps, person: Person
) -> None:
    own = MAIL | {"address": person.email}
    unconfirmed = (await client.post(CHANNELS, json=own)).json()
    assert unconfirmed["verified"] is False
    await client.delete(f"{CHANNELS}/{unconfirmed['id']}")
    async with deps.units_of_work() as work:
        await work.session.execute(text("UPDATE auth.users SET email_verified_at = now()"))

    assert (await client.post(CHANNELS, json=own)).json()["verified"] is True


async def test_others_cannot_confirm(client: Any, client_of: Any, deps: NotificationDeps) -> None:
    channel = (await client.post(CHANNELS, json=MAIL)).json()
    code = {"code": deps.codes.spell((await confirmation(deps)).id)}
    path = f"{CHANNELS}/{channel['id']}/verify"

    assert (await client_of(new_id()).post(path, json=code)).status_code == 404
    assert (await client_of(None).post(path, json=code)).status_code == 401
    assert (await client.post(path, json={"code": "12345"})).status_code == 422


async def test_a_refused_number_is_not_tried_again(
    client: Any, deps: NotificationDeps, providers: Providers
) -> None:
    await client.post(CHANNELS, json=SMS | {"number": "+15005550001"})

    await send_code.run(deps, (await confirmation(deps)).id)

    assert providers.texts == []
