"""``/datasets``: bars that the workspace brings along."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, status

from data_service.contract.datasets import (
    MAX_UPLOAD_BYTES,
    Dataset,
    DatasetQuality,
    UploadOptions,
    UploadReport,
)
from data_service.datasets.judging import DatasetJudging
from data_service.datasets.receiving import FILE_FIELD, MULTIPART, RAW_TYPES
from data_service.datasets.service import DatasetService
from data_service.datasets.uploading import DatasetUploading
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import DatasetId

router = APIRouter(prefix="/datasets", tags=["datasets"])

_BINARY = {"type": "string", "format": "binary"}
_UPLOAD_BODY: dict[str, Any] = {
    "required": True,
    "description": "Parquet, CSV or CSV.gz with the columns ts, open, high, low, close, volume.",
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "required": [FILE_FIELD],
                "properties": {
                    FILE_FIELD: _BINARY,
                    "symbol": {"type": "string"},
                    "timeframe": {"type": "string"},
                    "contradictions": {"type": "string", "enum": ["refuse", "drop"]},
                },
            }
        },
        **{kind: {"schema": _BINARY} for kind in RAW_TYPES},
        "text/csv": {
            "schema": {"type": "string"},
            "example": "ts,open,high,low,close,volume\n"
            "2024-01-02,187.15,188.44,183.89,185.64,82488700\n"
            "2024-01-03,184.22,185.88,183.43,184.25,58414500\n",
        },
    },
}


async def _service(work: Work, deps: Deps) -> DatasetService:
    return DatasetService(work, await deps.storage.tier(work.session))


async def _uploading(deps: Deps) -> DatasetUploading:
    return DatasetUploading(deps)


async def _judging(deps: Deps) -> DatasetJudging:
    return DatasetJudging(deps)


Datasets = Annotated[DatasetService, Depends(_service)]
Uploading = Annotated[DatasetUploading, Depends(_uploading)]
Judging = Annotated[DatasetJudging, Depends(_judging)]


@router.post(
    "/upload",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={
        **public("data:write", cost=5, body_limit=MAX_UPLOAD_BYTES + (64 << 10)),
        "requestBody": _UPLOAD_BODY,
    },
)
async def upload_dataset(
    request: Request,
    options: Annotated[UploadOptions, Query()],
    workspace_id: CurrentWorkspace,
    uploading: Uploading,
) -> UploadReport:
    """Upload bars of one instrument at one timeframe; at most 200 MiB.

    Send the file itself, with the options in the query, or a form with the part `file`. The file
    is checked as a whole: one bad row refuses all of it, and the answer names column and row.
    Bars that were stored between the file's first and last bar are replaced by the file's.
    """
    return await uploading.upload(workspace_id, request, options)


@router.get("", openapi_extra=public("data:read"))
async def list_datasets(
    workspace_id: CurrentWorkspace,
    datasets: Datasets,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Dataset]:
    """List the workspace's datasets, newest first."""
    rows, following = await datasets.list(workspace_id, cursors, cursor, limit)
    return as_page(rows, following, Dataset.model_validate)


@router.get("/{dataset_id}", openapi_extra=public("data:read"))
async def get_dataset(
    dataset_id: DatasetId, workspace_id: CurrentWorkspace, datasets: Datasets
) -> Dataset:
    """Read one dataset."""
    return Dataset.model_validate(await datasets.get(workspace_id, dataset_id))


@router.get("/{dataset_id}/quality", openapi_extra=public("data:read", cost=5))
async def get_dataset_quality(
    dataset_id: DatasetId, workspace_id: CurrentWorkspace, judging: Judging
) -> DatasetQuality:
    """Judge a dataset by its stored bars: gaps, bars without volume, and its newest uploads."""
    return await judging.judge(workspace_id, dataset_id)


@router.delete(
    "/{dataset_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("data:write"),
)
async def delete_dataset(
    dataset_id: DatasetId, workspace_id: CurrentWorkspace, datasets: Datasets
) -> None:
    """Delete a dataset and its bars. Results of earlier runs keep the bars that they saw."""
    await datasets.delete(workspace_id, dataset_id)
