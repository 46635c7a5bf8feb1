"""What the logic service does when a workspace goes, or wants a copy of its things."""

from auth_service.duties import Duties
from logic_service.contract.executions import ARTIFACTS
from logic_service.models import Base, SourceKeyRow
from logic_service.versions.source_keys import key_place
from logic_service.versions.sources import SOURCES
from logic_service.workspaces.exporting import export_strategies
from logic_service.workspaces.sealing import seal_plain_sources
from shared.rewrapping import SealedColumn

SOURCE_KEYS = Base.metadata.tables[f"logic.{SourceKeyRow.__tablename__}"]
DUTIES = Duties(
    service="logic",
    metadata=Base.metadata,
    export=export_strategies,
    object_kinds=(SOURCES, ARTIFACTS),
    rewrap_more=seal_plain_sources,
    sealed=(SealedColumn(SOURCE_KEYS, "sealed", lambda row: key_place(row.workspace_id)),),
)
TASKS = DUTIES.tasks()
