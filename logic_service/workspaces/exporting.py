"""Hand a workspace's strategies over, with the source of every version."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from auth_service.duties import File
from logic_service.deps import LogicDeps
from logic_service.models import StrategyRow, VersionRow
from logic_service.versions.source_keys import SourceKeys
from logic_service.versions.sources import Sources
from shared.ids import public_id

_ABOUT_STRATEGY = ("name", "description", "current_number", "created_at", "updated_at")
_ABOUT_VERSION = ("number", "sha256", "strategy_name", "style", "doc", "params_schema", "note")


async def export_strategies(deps: LogicDeps, workspace_id: UUID) -> AsyncIterator[File]:
    """Yield ``strategies/<id>/strategy.json`` and the source of each of its versions."""
    async with deps.units_of_work(workspace_id) as work:
        mine = (StrategyRow.workspace_id == workspace_id, StrategyRow.deleted_at.is_(None))
        strategies = (await work.session.scalars(select(StrategyRow).where(*mine))).all()
        key = await SourceKeys(work, deps.vault).find(workspace_id)
    sources = Sources(deps.objects, workspace_id, key)
    for strategy in strategies:
        folder = f"strategies/{public_id('st', strategy.id)}"
        query = select(VersionRow).where(
            VersionRow.workspace_id == workspace_id, VersionRow.strategy_id == strategy.id
        )
        async with deps.units_of_work(workspace_id) as work:
            rows = await work.session.scalars(query.order_by(VersionRow.number))
            versions = rows.all()
        about = _pick(strategy, _ABOUT_STRATEGY)
        about["versions"] = [_pick(row, (*_ABOUT_VERSION, "created_at")) for row in versions]
        yield f"{folder}/strategy.json", orjson.dumps(about, option=orjson.OPT_INDENT_2)
        for row in versions:
            source = await sources.read(row.sha256)
            yield f"{folder}/version-{row.number}.py", source.encode()


def _pick(row: StrategyRow | VersionRow, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
