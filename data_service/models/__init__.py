"""The tables of the ``data`` schema."""

from data_service.models.bar import BarRow
from data_service.models.base import TABLES, Base
from data_service.models.dataset import DatasetRow
from data_service.models.snapshot import SnapshotRow
from data_service.models.storage import StorageRow
from data_service.models.upload import UploadRow

__all__ = [
    "TABLES",
    "BarRow",
    "Base",
    "DatasetRow",
    "SnapshotRow",
    "StorageRow",
    "UploadRow",
]
