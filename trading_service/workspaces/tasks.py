"""What the trading service does when a workspace goes, or wants a copy of its things.

A run whose backtest is gone stops by itself: see ``backtests.tasks``.
"""

from auth_service.duties import Duties
from trading_service.backtests.artifacts import RESULTS
from trading_service.models import Base
from trading_service.workspaces.exporting import export_backtests

DUTIES = Duties(
    service="trading",
    metadata=Base.metadata,
    export=export_backtests,
    object_kinds=(RESULTS,),
)
TASKS = DUTIES.tasks()
