"""Hand a workspace's channels over, without their secrets, and what was sent to them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import inspect, select

from auth_service.duties import File
from notification_service.deps import NotificationDeps
from notification_service.models import Base, ChannelRow, DeliveryRow, EventRow

MOST_ROWS = 50_000
"""Of each kind, the newest."""


async def export_channels(deps: NotificationDeps, workspace_id: UUID) -> AsyncIterator[File]:
    """Yield ``notifications/channels.json``, ``events.json`` and ``deliveries.json``."""
    for name, table in (
        ("channels", ChannelRow),
        ("events", EventRow),
        ("deliveries", DeliveryRow),
    ):
        query = select(*_columns(table)).where(table.workspace_id == workspace_id)
        async with deps.units_of_work(workspace_id) as work:
            rows = await work.session.execute(query.order_by(table.id.desc()).limit(MOST_ROWS))
            found: list[dict[str, Any]] = [dict(row) for row in rows.mappings()]
        content = orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str)
        yield f"notifications/{name}.json", content


def _columns(table: type[Base]) -> list[Any]:
    """Return a table's columns but for what is sealed: secrets are bytes, and stay here."""
    columns = inspect(table).column_attrs
    return [column.class_attribute for column in columns if not _is_sealed(column)]


def _is_sealed(column: Any) -> bool:
    python_type = column.expression.type.python_type
    return isinstance(python_type, type) and issubclass(python_type, bytes)
