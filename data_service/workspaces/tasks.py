"""What the data service does when a workspace goes, or wants a copy of its things."""

from auth_service.duties import Duties
from data_service.contract.bars import SNAPSHOTS
from data_service.models import Base
from data_service.workspaces.erasing import erase_bars
from data_service.workspaces.exporting import export_datasets

DUTIES = Duties(
    service="data",
    metadata=Base.metadata,
    export=export_datasets,
    object_kinds=(SNAPSHOTS,),
    erase_more=erase_bars,
)
TASKS = DUTIES.tasks()
