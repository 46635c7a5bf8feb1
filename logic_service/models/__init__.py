"""The tables of the ``logic`` schema."""

from logic_service.models.bar_count import BarCountRow
from logic_service.models.base import TABLES, Base
from logic_service.models.run_count import RunCountRow
from logic_service.models.source_key import SourceKeyRow
from logic_service.models.strategy import StrategyRow
from logic_service.models.version import VersionRow

__all__ = [
    "TABLES",
    "BarCountRow",
    "Base",
    "RunCountRow",
    "SourceKeyRow",
    "StrategyRow",
    "VersionRow",
]
