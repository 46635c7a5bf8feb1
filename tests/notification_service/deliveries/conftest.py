"""Something to deliver."""

from uuid import UUID

import pytest
from sqlalchemy import select

from notification_service.deps import NotificationDeps
from notification_service.events.service import EventService
from notification_service.models import DeliveryRow
from shared.clock import utc_now
from shared.events.types import EventEnvelope
from shared.ids import new_id
from tests.notification_service.deliveries.sending import METRICS, Happen


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
