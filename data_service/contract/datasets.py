"""Datasets: the bars of one instrument at one timeframe, grown by uploads."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from data_service.contract.fields import Symbol, Timeframe
from shared.ids import DatasetId

MAX_UPLOAD_BYTES = 200 * 1024 * 1024

_DATASET_EXAMPLE: JsonDict = {
    "id": "ds_0199f0c2b7a77c3e9d1e5a4b3c2d1e11",
    "symbol": "AAPL",
    "timeframe": "1d",
    "version": 2,
    "bar_count": 3270,
    "start": "2000-03-01T00:00:00Z",
    "end": "2013-03-01T00:00:00Z",
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
}
_UPLOAD_EXAMPLE: JsonDict = {
    "version": 2,
    "sha256": "9d7e30384b5c554b1bd531fb8edd042736f415a9cbdd074b0290e112590bfea9",
    "row_count": 252,
    "bar_count": 252,
    "repeated_count": 0,
    "contradicting_count": 0,
    "replaced_count": 12,
    "start": "2012-03-01T00:00:00Z",
    "end": "2013-03-01T00:00:00Z",
    "created_at": "2026-11-21T09:30:00Z",
}
_QUALITY_EXAMPLE: JsonDict = {
    "bar_count": 3270,
    "zero_volume_count": 0,
    "gap_count": 1,
    "missing_count": 6,
    "regular_gap_count": 681,
    "gaps": [
        {
            "after": "2001-09-10T00:00:00Z",
            "before": "2001-09-17T00:00:00Z",
            "missing_count": 6,
        }
    ],
}


class UploadOptions(BaseModel):
    """What accompanies a file: form fields of a multipart body, query parameters otherwise.

    symbol           without it: the file's metadata, else its name in `Content-Disposition`
    timeframe        without it: the file's metadata, else the distances between bars
    contradictions   what to do with rows whose prices contradict each other
    """

    model_config = ConfigDict(extra="forbid")

    symbol: Symbol | None = None
    timeframe: Timeframe | None = None
    contradictions: Literal["refuse", "drop"] = "refuse"


class Dataset(BaseModel):
    """Bars of one symbol at one timeframe.

    version      counts the uploads that the bars are made of, from 1
    start, end   opens of the first and the last bar
    """

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [_DATASET_EXAMPLE]}
    )

    id: DatasetId
    symbol: str
    timeframe: str
    version: int
    bar_count: int
    start: AwareDatetime
    end: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Gap(BaseModel):
    """A stretch without bars between two neighbours.

    after, before   opens of the two bars
    missing_count   how many bars of the timeframe would fit between them
    """

    after: AwareDatetime
    before: AwareDatetime
    missing_count: int


class Quality(BaseModel):
    """How complete bars are.

    zero_volume_count   bars in which nothing was traded
    gap_count           gaps that do not come back at least every other week
    missing_count       bars that would fill those gaps
    regular_gap_count   gaps whose length comes back that often: nights, weekends
    gaps                the longest irregular gaps, at most 100, in order of time
    """

    bar_count: int
    zero_volume_count: int
    gap_count: int
    missing_count: int
    regular_gap_count: int
    gaps: list[Gap]


class DatasetUpload(BaseModel):
    """One upload in a dataset's history; all bars of its file were stored.

    version               what the dataset's version became
    sha256                of the uploaded bars' content
    row_count             rows in the file
    bar_count             bars that came of them
    repeated_count        rows left out because they repeat the row before them
    contradicting_count   rows left out because their prices contradict each other
    replaced_count        stored bars within the file's range, which are gone
    start, end            opens of the file's first and last bar
    """

    model_config = ConfigDict(from_attributes=True)

    version: int
    sha256: str
    row_count: int
    bar_count: int
    repeated_count: int
    contradicting_count: int
    replaced_count: int
    start: AwareDatetime
    end: AwareDatetime
    created_at: AwareDatetime


class UploadReport(BaseModel):
    """What an upload did, what the dataset is now, and how complete the uploaded bars are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dataset": _DATASET_EXAMPLE,
                    "upload": _UPLOAD_EXAMPLE,
                    "quality": _QUALITY_EXAMPLE,
                }
            ]
        }
    )

    dataset: Dataset
    upload: DatasetUpload
    quality: Quality


class DatasetQuality(BaseModel):
    """How complete a dataset is, measured on its stored bars, with its newest uploads."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dataset_id": _DATASET_EXAMPLE["id"],
                    "version": 2,
                    "quality": _QUALITY_EXAMPLE,
                    "uploads": [_UPLOAD_EXAMPLE],
                }
            ]
        }
    )

    dataset_id: DatasetId
    version: int
    quality: Quality
    uploads: list[DatasetUpload] = Field(description="Newest first, at most 20.")
