"""Account mails: written once, in the person's language, and their links kept nowhere."""

import email
import logging
from collections.abc import Awaitable, Callable
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy import select, text

from auth_service.client import AuthClient
from notification_service.adapters.mail import MailFolder
from notification_service.adapters.port import SendFailedError
from notification_service.consumers import consumers
from notification_service.deps import NotificationDeps
from notification_service.mails.tasks import drop, send_mail
from notification_service.models import TABLES, MailRow
from shared.clock import utc_now
from shared.identity import IDENTITY_HEADER, Principal
from tests.notification_service.conftest import Person
from tests.notification_service.providers import Providers

TakeIn = Callable[[], Awaitable[list[MailRow]]]


@pytest.fixture
def take_in(deps: NotificationDeps) -> TakeIn:
    """Return ``await take_in()``: consume what the auth service has emitted; the mails, by age."""

    async def make() -> list[MailRow]:
        follower = consumers(deps)[0]
        while await follower.consume_batch():
            pass
        async with deps.units_of_work() as work:
            query = select(MailRow).order_by(MailRow.created_at, MailRow.id)
            return list(await work.session.scalars(query))

    return make


async def statuses(deps: NotificationDeps) -> dict[str, str]:
    async with deps.units_of_work() as work:
        return {row.kind: row.status for row in await work.session.scalars(select(MailRow))}


async def test_a_new_account_is_mailed_its_link(
    deps: NotificationDeps, person: Person, providers: Providers, take_in: TakeIn, auth: AuthClient
) -> None:
    (row,) = await take_in()
    assert row.link_id is not None

    await send_mail.run(deps, row.id)
    await send_mail.run(deps, row.id)

    (mail,) = providers.mails
    link = await auth.mail_link(row.link_id)
    assert mail["personalizations"][0]["to"] == [{"email": person.email}]
    assert mail["subject"] == "Confirm your e-mail address"
    assert [part["type"] for part in mail["content"]] == ["text/plain", "text/html"]
    assert all(str(link.url) in part["value"] for part in mail["content"])
    assert mail["tracking_settings"]["click_tracking"]["enable"] is False
    assert await statuses(deps) == {"verify_email": "sent"}


async def test_the_link_is_in_no_table_and_in_no_log(
    deps: NotificationDeps,
    person: Person,
    providers: Providers,
    take_in: TakeIn,
    auth: AuthClient,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (row,) = await take_in()
    assert row.link_id is not None
    token = str((await auth.mail_link(row.link_id)).url).partition("#token=")[2]
    assert len(token) > 40
    providers.fail_with = [500]

    with caplog.at_level(logging.DEBUG):
        with pytest.raises(SendFailedError) as failure:
            await send_mail.run(deps, row.id)
        await send_mail.run(deps, row.id)

    assert token in str(providers.mails)
    written = capsys.readouterr()
    assert token not in written.out + written.err + caplog.text + repr(failure.value)
    async with deps.units_of_work() as work:
        for table in TABLES.jobs.metadata.sorted_tables:
            dump = (
                await work.session.execute(text(f"SELECT t::text FROM {table.fullname} t"))
            ).all()
            assert token not in str(dump), table.fullname


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_trouble_at_the_provider_is_tried_again(
    deps: NotificationDeps, person: Person, providers: Providers, take_in: TakeIn, status: int
) -> None:
    (row,) = await take_in()
    providers.fail_with = [status]

    with pytest.raises(SendFailedError):
        await send_mail.run(deps, row.id)
    assert await statuses(deps) == {"verify_email": "pending"}
    await send_mail.run(deps, row.id)

    assert len(providers.mails) == 1


async def test_a_link_that_is_late_or_replaced_is_not_sent(
    deps: NotificationDeps, person: Person, providers: Providers, take_in: TakeIn
) -> None:
    (row,) = await take_in()

    with time_machine.travel("2040-01-01", tick=True):
        await send_mail.run(deps, row.id)

    assert providers.mails == []
    assert await statuses(deps) == {"verify_email": "dropped"}


async def test_the_known_address_is_told_of_a_second_registration(
    deps: NotificationDeps, person: Person, providers: Providers, take_in: TakeIn, auth_http: Any
) -> None:
    asked = {"email": person.email, "password": "moraine-candle-42-otter"}
    (await auth_http.post("/auth/register", json=asked)).raise_for_status()
    (await auth_http.post("/auth/password/forgot", json={"email": person.email})).raise_for_status()

    for row in await take_in():
        await send_mail.run(deps, row.id)

    assert [mail["subject"] for mail in providers.mails] == [
        "Confirm your e-mail address",
        "You have an account already",
        "Choose a new password",
    ]


async def test_the_old_address_is_told_of_the_new_one(
    deps: NotificationDeps,
    person: Person,
    providers: Providers,
    take_in: TakeIn,
    auth: AuthClient,
    auth_http: Any,
) -> None:
    await send_all(deps, take_in)
    own = Principal(
        kind="session",
        user_id=person.user_id,
        workspace_id=person.workspace_id,
        signed_in_at=int(utc_now().timestamp()),
    )
    headers = {IDENTITY_HEADER: deps.identities.sign(own)}
    asked = {"email": "new@example.com"}
    (await auth_http.post("/auth/email/change", json=asked, headers=headers)).raise_for_status()
    await send_all(deps, take_in)
    token = providers.mails[-1]["content"][0]["value"].partition("#token=")[2].split()[0]
    (await auth_http.post("/auth/email/verify", json={"token": token})).raise_for_status()

    await send_all(deps, take_in)

    assert [mail["personalizations"][0]["to"][0]["email"] for mail in providers.mails] == [
        person.email,
        "new@example.com",
        person.email,
    ]
    assert providers.mails[-1]["subject"] == "Your e-mail address has been changed"


async def send_all(deps: NotificationDeps, take_in: TakeIn) -> None:
    """Send what has been asked for; what was sent is not sent again."""
    for row in await take_in():
        await send_mail.run(deps, row.id)


async def test_people_are_written_to_in_their_language(
    deps: NotificationDeps, person: Person, providers: Providers, take_in: TakeIn
) -> None:
    async with deps.units_of_work() as work:
        await work.session.execute(text("UPDATE auth.users SET locale = 'ko-KR'"))
    (row,) = await take_in()

    await send_mail.run(deps, row.id)

    assert providers.mails[0]["subject"] == "이메일 주소를 확인해 주세요"


async def test_without_a_provider_the_mail_is_a_readable_file(
    deps: NotificationDeps, person: Person, take_in: TakeIn, tmp_path: Path
) -> None:
    deps.senders["email"] = MailFolder(tmp_path / "mail", "naru@example.com")  # type: ignore[index]
    (row,) = await take_in()

    await send_mail.run(deps, row.id)
    await send_mail.run(deps, row.id)

    (path,) = (tmp_path / "mail").iterdir()
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    plain = mail.get_body(("plain",))
    assert mail["To"] == person.email
    assert plain is not None
    assert "/auth/email/verify#token=" in plain.get_content()


async def test_events_that_come_twice_are_one_mail(
    deps: NotificationDeps, person: Person, take_in: TakeIn
) -> None:
    await take_in()

    assert len(await take_in()) == 1


async def test_a_mail_that_is_given_up_is_dropped_once(
    deps: NotificationDeps, person: Person, take_in: TakeIn, providers: Providers
) -> None:
    (row,) = await take_in()

    await drop(deps, row.id)
    await drop(deps, row.id)
    await send_mail.run(deps, row.id)

    assert await statuses(deps) == {"verify_email": "dropped"}
    assert providers.mails == []


async def test_while_auth_is_away_the_mail_waits(
    deps: NotificationDeps, person: Person, take_in: TakeIn, providers: Providers
) -> None:
    (row,) = await take_in()
    auth = deps.auth._http
    async with httpx2.AsyncClient(base_url="http://127.0.0.1:1") as nobody:
        deps.auth._http = nobody
        with pytest.raises(Exception, match="does not answer"):
            await send_mail.run(deps, row.id)
        deps.auth._http = auth

    await send_mail.run(deps, row.id)

    assert len(providers.mails) == 1
