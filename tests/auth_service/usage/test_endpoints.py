"""Allowances are reserved before the work and settled after it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from auth_service.client import AuthClient
from auth_service.contract.errors import ReservationNotFoundError
from auth_service.contract.subscriptions import ReservationCreate
from shared.clock import utc_now
from shared.errors import QuotaExceededError
from shared.ids import new_id
from tests.auth_service.visitor import Visitor

DAY_MS = 600_000


def _share(
    mina: Visitor, amount: int, id_: UUID | None = None, **changes: Any
) -> ReservationCreate:
    fields = {
        "id": id_ or new_id(),
        "workspace_id": mina.principal.workspace_id,
        "meter": "sandbox_cpu_ms",
        "amount": amount,
        "lifetime_s": 600,
    }
    return ReservationCreate.model_validate(fields | changes)


async def _meter(mina: Visitor) -> tuple[int, int]:
    meters = (await mina.call("GET", "/usage")).json()["meters"]
    cpu = next(meter for meter in meters if meter["meter"] == "sandbox_cpu_ms")
    assert cpu["limit"] == DAY_MS
    return cpu["used"], cpu["reserved"]


async def test_reserving_and_settling_once(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    share = _share(mina, 20_000)

    for _ in range(2):
        await client.reserve(share)
    assert await _meter(mina) == (0, 20_000)
    for _ in range(2):
        await client.settle(share.id, 1_500)
    assert await _meter(mina) == (1_500, 0)
    assert (await visitor.call("GET", "/usage")).status_code == 401


async def test_parallel_reservations_never_overrun_the_day(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()

    outcomes = await asyncio.gather(
        *(client.reserve(_share(mina, 100_000)) for _ in range(10)), return_exceptions=True
    )

    assert sum(outcome is None for outcome in outcomes) == 6
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert all(isinstance(outcome, QuotaExceededError) for outcome in refused)
    assert await _meter(mina) == (0, DAY_MS)


async def test_a_failure_of_ours_costs_nothing(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    share = _share(mina, DAY_MS)
    await client.reserve(share)

    await client.settle(share.id, 0)

    await client.reserve(_share(mina, DAY_MS))


async def test_what_is_not_heard_of_again_returns_and_late_work_still_counts(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    with time_machine.travel(utc_now().replace(hour=12), tick=False) as now:
        lost = _share(mina, DAY_MS, lifetime_s=60)
        await client.reserve(lost)
        now.shift(timedelta(seconds=61))
        other = _share(mina, 400_000)
        await client.reserve(other)
        await client.settle(lost.id, 300_000)
        await client.settle(other.id, 400_000)

        meters = (await client.call("GET", "/usage", mina.principal))["meters"]
        assert (meters[0]["used"], meters[0]["reserved"]) == (700_000, 0)
        with pytest.raises(QuotaExceededError):
            await client.reserve(_share(mina, 1))


async def test_a_new_day_is_a_new_allowance(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    await client.reserve(_share(mina, DAY_MS))

    with time_machine.travel(utc_now() + timedelta(days=1)):
        await client.reserve(_share(mina, DAY_MS))


async def test_the_workspace_is_warned_once(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    for amount in (400_000, 90_000, 50_000):
        share = _share(mina, amount)
        await client.reserve(share)
        await client.settle(share.id, amount)

    events = (await client.read_events(0, 100)).events
    warnings = [event.payload for event in events if event.name == "auth.quota.warning"]

    assert [(warning["used"], warning["limit"]) for warning in warnings] == [(490_000, DAY_MS)]


async def test_free_plans_send_no_sms(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()

    with pytest.raises(QuotaExceededError):
        await client.reserve(_share(mina, 1, meter="sms"))


async def test_unknown_reservations_are_not_settled(client: AuthClient) -> None:
    with pytest.raises(ReservationNotFoundError):
        await client.settle(new_id(), 1)
