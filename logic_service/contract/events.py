"""What the logic service tells the others."""

from typing import ClassVar

from logic_service.contract.versions import StrategyStyle
from shared.events.types import Event
from shared.ids import StrategyId, VersionId


class VersionCreated(Event):
    """A new version of a strategy has been stored."""

    name: ClassVar[str] = "logic.version.created"

    strategy_id: StrategyId
    version_id: VersionId
    number: int
    sha256: str
    strategy_name: str
    style: StrategyStyle
