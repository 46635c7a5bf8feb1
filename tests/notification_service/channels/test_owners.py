"""A channel is its owner's: nothing goes to unconfirmed addresses, and people take theirs along."""

from uuid import UUID

import httpx2
from fastapi import FastAPI
from sqlalchemy import select

from auth_service.client import AuthClient
from auth_service.contract.events import MembershipChanged
from notification_service.channels.tasks import confirm_own_channel, create_first_channel
from notification_service.consumers import consumers
from notification_service.deps import NotificationDeps
from notification_service.models import TABLES, ChannelRow
from tests.notification_service.conftest import Person

MAIL = {"kind": "email", "address": "me@example.com", "event_types": ["backtest.finished"]}
HOOK = {"url": "https://hooks.example.com/naru", "event_types": ["backtest.finished"]}
DEVICE = {"token": "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"}


async def hear(deps: NotificationDeps) -> None:
    """Take in what the auth service tells."""
    consumer = consumers(deps)[0]
    while await consumer.consume_batch():
        pass


async def follow(deps: NotificationDeps) -> None:
    """Take in what the auth service tells, and do the jobs about channels, twice."""
    await hear(deps)
    jobs = TABLES.jobs.c
    async with deps.units_of_work() as work:
        query = select(jobs.task, jobs.arguments).order_by(jobs.created_at, jobs.id)
        waiting = (await work.session.execute(query)).all()
    for task in (create_first_channel, confirm_own_channel):
        for name, arguments in waiting:
            if name == task.name:
                for _ in range(2):
                    await task.run(deps, *map(UUID, arguments))


async def channels(deps: NotificationDeps) -> dict[str, bool]:
    """Return the targets of all channels, and whether they are confirmed."""
    async with deps.units_of_work() as work:
        rows = await work.session.scalars(select(ChannelRow))
        return {row.target: row.verified for row in rows}


async def test_mail_goes_to_an_address_once_it_is_confirmed(
    deps: NotificationDeps, person: Person, auth: AuthClient, auth_http: httpx2.AsyncClient
) -> None:
    await follow(deps)
    before = await channels(deps)

    asked = next(
        event
        for event in (await auth.read_events(0, 100)).events
        if event.name == "auth.mail.requested"
    )
    link = await auth.mail_link(UUID(asked.payload["link_id"]))
    body = {"token": str(link.url).partition("#token=")[2]}
    (await auth_http.post("/auth/email/verify", json=body)).raise_for_status()
    await follow(deps)

    assert (before, await channels(deps)) == ({person.email: False}, {person.email: True})


async def test_where_mail_only_goes_to_a_folder_nothing_needs_to_be_confirmed(
    deps: NotificationDeps, person: Person
) -> None:
    local = deps.settings.model_copy(update={"sendgrid_api_key": None})
    object.__setattr__(deps, "settings", local)

    await follow(deps)

    assert await channels(deps) == {person.email: True}


async def test_whoever_leaves_takes_their_channels_along_and_leaves_the_webhooks(
    deps: NotificationDeps, person: Person, client: httpx2.AsyncClient, auth_app: FastAPI
) -> None:
    assert (await client.post("/notifications/channels", json=MAIL)).status_code == 201
    assert (await client.post("/push-tokens", json=DEVICE)).is_success
    assert (await client.post("/webhooks", json=HOOK)).status_code == 201
    await follow(deps)
    assert len(await channels(deps)) == 4

    for role in ("viewer", None):
        gone = {"workspace_id": person.workspace_id, "user_id": person.user_id, "role": role}
        async with auth_app.state.deps.units_of_work() as work:
            work.emit(MembershipChanged.model_validate(gone))
        await hear(deps)
        assert len(await channels(deps)) == (4 if role else 1)

    assert list(await channels(deps)) == [HOOK["url"]]
