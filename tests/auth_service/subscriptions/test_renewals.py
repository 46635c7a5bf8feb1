"""A plan that nobody pays for any more ends: after a warning and a grace."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from auth_service.audit.service import PLATFORM
from auth_service.client import AuthClient
from auth_service.contract.revocations import Revocations
from auth_service.contract.subscriptions import SubscriptionChange
from auth_service.deps import AuthDeps
from auth_service.models import TABLES
from auth_service.subscriptions.service import SubscriptionService
from auth_service.subscriptions.tasks import check_subscription
from shared.clock import utc_now
from shared.ids import new_id
from tests.auth_service.visitor import Visitor, mails

GRACE = timedelta(days=7)


async def pay(deps: AuthDeps, mina: Visitor, days: int) -> None:
    """Have the billing system put the workspace on a paid plan that renews in some days."""
    change = SubscriptionChange(plan="premium", renews_at=utc_now() + timedelta(days=days))
    async with deps.units_of_work() as work:
        subscriptions = SubscriptionService(work, deps.plans, deps.hashes)
        workspace_id = mina.principal.require_workspace()
        await subscriptions.change(workspace_id, change, "billing", PLATFORM)


async def check(deps: AuthDeps, mina: Visitor) -> None:
    """Do the worker's job, twice, as may happen."""
    for _ in range(2):
        await check_subscription.run(deps, mina.principal.require_workspace())


async def told(client: AuthClient) -> list[str]:
    """Return the events about subscriptions."""
    events = (await client.read_events(0, 100)).events
    return [event.name for event in events if event.name.startswith("auth.subscription.")]


async def plan(mina: Visitor) -> tuple[str, str]:
    found = (await mina.call("GET", "/subscription")).json()
    return found["plan"], found["source"]


async def test_the_check_is_due_when_the_plan_is_to_be_renewed(
    visitor: Visitor, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    await pay(deps, mina, 30)

    async with deps.units_of_work() as work:
        jobs = TABLES.jobs.c
        query = select(jobs.run_at).where(jobs.task == "auth.check_renewal")
        (run_at,) = (await work.session.scalars(query)).all()

    assert abs(run_at - utc_now() - timedelta(days=30)) < timedelta(minutes=1)


async def test_before_the_date_nothing_happens(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    await pay(deps, mina, 30)

    await check(deps, mina)

    assert await plan(mina) == ("premium", "billing")
    assert await told(client) == ["auth.subscription.changed"]


async def test_a_warning_then_the_free_plan(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    await pay(deps, mina, 30)

    with time_machine.travel(utc_now() + timedelta(days=31)):
        await check(deps, mina)
    assert await told(client) == ["auth.subscription.changed", "auth.subscription.past_due"]
    (link_id,) = await mails(client, "plan_past_due")
    mail = await client.mail_link(UUID(link_id or ""))
    assert (mail.to, mail.about, mail.url) == ("mina@example.com", "Premium, Personal", None)
    assert abs(mail.expires_at - utc_now() - timedelta(days=30) - GRACE) < timedelta(minutes=1)
    assert await plan(mina) == ("premium", "billing")

    with time_machine.travel(utc_now() + timedelta(days=31) + GRACE):
        await check(deps, mina)
    assert await plan(mina) == ("free", "lapsed")
    assert (await told(client))[2:] == ["auth.subscription.changed"]
    changes = Revocations()
    for change in (await client.revocations(0)).items:
        changes.add(change)
    assert changes.current(mina.principal).plan == "free"


async def test_a_payment_in_time_changes_nothing(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    await pay(deps, mina, 30)
    with time_machine.travel(utc_now() + timedelta(days=32)):
        await check(deps, mina)
        await pay(deps, mina, 30)

    with time_machine.travel(utc_now() + timedelta(days=30) + GRACE + timedelta(days=1)):
        await check(deps, mina)
        assert await plan(mina) == ("premium", "billing")


@pytest.mark.parametrize("exists", [True, False])
async def test_what_never_ends_is_left_alone(
    visitor: Visitor, client: AuthClient, deps: AuthDeps, exists: bool
) -> None:
    mina = await visitor.register()
    workspace_id = mina.principal.require_workspace() if exists else new_id()

    await check_subscription.run(deps, workspace_id)

    assert await told(client) == []
