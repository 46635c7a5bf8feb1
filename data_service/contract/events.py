"""What the data service tells the others."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.types import Event
from shared.ids import DatasetId


class DatasetUploaded(Event):
    """Bars have been stored; ``version`` counts the dataset's uploads."""

    name: ClassVar[str] = "data.dataset.uploaded"

    dataset_id: DatasetId
    symbol: str
    timeframe: str
    version: int
    start: AwareDatetime
    end: AwareDatetime
    bar_count: int


class DatasetDeleted(Event):
    """A dataset and its bars are gone. Snapshots taken of it stay."""

    name: ClassVar[str] = "data.dataset.deleted"

    dataset_id: DatasetId
    symbol: str
    timeframe: str
