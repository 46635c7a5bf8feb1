"""What the logic service does when a workspace goes, or wants a copy of its things."""

from auth_service.tenants import Tenants
from logic_service.contract.executions import ARTIFACTS
from logic_service.models import Base
from logic_service.versions.sources import SOURCES
from logic_service.workspaces.exporting import export_strategies

TENANTS = Tenants(
    service="logic",
    metadata=Base.metadata,
    export=export_strategies,
    object_kinds=(SOURCES, ARTIFACTS),
)
TASKS = TENANTS.tasks()
