"""Internal events in public words: type names and prefixed ids."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from notification_service.contract.event_types import EventType, PublicEvent
from notification_service.models import EventRow
from shared.ids import public_id

_PREFIXES = {"backtest_id": "bt", "strategy_id": "st", "version_id": "ver"}

PUBLIC_TYPES: Mapping[str, EventType] = {
    "logic.version.created": "strategy.version.created",
    "trading.backtest.queued": "backtest.queued",
    "trading.backtest.finished": "backtest.finished",
    "trading.backtest.failed": "backtest.failed",
    "auth.quota.warning": "quota.warning",
}


def public_data(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's facts without the workspace, with ids as the API spells them."""
    return {
        name: _public_id(_PREFIXES[name], value) if name in _PREFIXES else value
        for name, value in payload.items()
        if name != "workspace_id"
    }


def _public_id(prefix: str, value: str) -> str:
    return value if value.startswith(f"{prefix}_") else public_id(prefix, UUID(value))


def present_event(row: EventRow) -> PublicEvent:
    """Return the event as the API and webhooks show it."""
    return PublicEvent(id=row.id, type=row.type, timestamp=row.occurred_at, data=row.data)
