"""Datasets: the bars of one instrument at one timeframe, grown by uploads."""

from pydantic import AwareDatetime, BaseModel

from shared.ids import DatasetId


class Dataset(BaseModel):
    """Bars of one symbol at one timeframe.

    version     counts the uploads that the bars are made of, from 1
    start, end  opens of the first and the last bar
    """

    id: DatasetId
    symbol: str
    timeframe: str
    version: int
    bar_count: int
    start: AwareDatetime
    end: AwareDatetime
    created_at: AwareDatetime
    updated_at: AwareDatetime


class QualityIssue(BaseModel):
    """Something worth knowing about bars that were accepted all the same.

    code    ``gap``, ``duplicate``, ...; stable
    count   how often it occurs
    start   where it first occurs, if it has a place
    end     where it last occurs
    """

    code: str
    message: str
    count: int
    start: AwareDatetime | None
    end: AwareDatetime | None


class UploadReport(BaseModel):
    """What an upload did: all of the file was stored.

    sha256          of the uploaded bars' content
    bar_count       bars in the file
    replaced_count  stored bars that lay between the file's first and last bar and are gone
    """

    dataset: Dataset
    sha256: str
    bar_count: int
    replaced_count: int
    issues: list[QualityIssue]


class DatasetUpload(BaseModel):
    """One upload in a dataset's history."""

    version: int
    sha256: str
    bar_count: int
    replaced_count: int
    start: AwareDatetime
    end: AwareDatetime
    issues: list[QualityIssue]
    created_at: AwareDatetime


class Gap(BaseModel):
    """Bars that a regular series would have between two that it has.

    after, before   opens of the two bars
    missing_count   how many bars of the timeframe fit between them
    """

    after: AwareDatetime
    before: AwareDatetime
    missing_count: int


class DatasetQuality(BaseModel):
    """How complete a dataset is, measured on its stored bars.

    gap_count    steps between neighbouring bars that are longer than the usual
    gaps         the longest of them, at most 100
    zero_volume_count, flat_count   bars without volume; bars whose four prices are one
    uploads      the newest uploads, at most 20
    """

    dataset_id: DatasetId
    version: int
    bar_count: int
    gap_count: int
    gaps: list[Gap]
    zero_volume_count: int
    flat_count: int
    uploads: list[DatasetUpload]
