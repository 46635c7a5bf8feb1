"""Event name -> service call: what the trading service does about others' events."""

from collections.abc import Sequence

from shared.events.consumer import EventConsumer, Handler
from shared.events.types import EventEnvelope
from shared.unit_of_work import UnitOfWork
from trading_service.deps import TradingDeps
from trading_service.workspaces.tasks import DUTIES


async def _resize_places(work: UnitOfWork, event: EventEnvelope) -> None:
    await work.enqueue("trading.resize_places", event.workspace_id, workspace_id=event.workspace_id)


async def _stop_backtests(work: UnitOfWork, event: EventEnvelope) -> None:
    workspace_id = event.workspace_id
    await work.enqueue("trading.stop_backtests", workspace_id, workspace_id=workspace_id)


AUTH_HANDLERS: dict[str, Handler] = {
    "auth.subscription.changed": _resize_places,
    "auth.user.suspended": _stop_backtests,
    **DUTIES.handlers(),
}


def consumers(deps: TradingDeps) -> Sequence[EventConsumer]:
    """Follow the services below."""
    return [
        EventConsumer("auth", deps.auth.read_events, AUTH_HANDLERS, deps.units_of_work, deps.redis)
    ]
