"""Upload bars: taken in, checked as a whole, then stored as a whole."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import Request
from pydantic import ValidationError

from data_service.bars.columns import is_storable
from data_service.contract.datasets import (
    MAX_UPLOAD_BYTES,
    Dataset,
    DatasetUpload,
    UploadOptions,
    UploadReport,
)
from data_service.datasets.quality import present_quality
from data_service.datasets.receiving import ReceivedFile, receive_file
from data_service.datasets.service import DatasetService
from data_service.deps import DataDeps
from naru.bars import Bars
from shared.bar_files import (
    BarFileError,
    BarFileLimits,
    QualityReport,
    read_bars,
    symbol_from_name,
)
from shared.errors import InvalidInputError
from shared.http.problems import field_problems

_LIMITS = BarFileLimits(max_file_bytes=MAX_UPLOAD_BYTES)
_UNKNOWN_SYMBOL = "BARS"
"""What ``read_bars`` calls an instrument of which neither file nor caller says the name."""


@dataclass(frozen=True, slots=True)
class CheckedBars:
    """Bars that may be stored."""

    bars: Bars
    sha256: str
    report: QualityReport


@dataclass(frozen=True, slots=True)
class DatasetUploading:
    """The use case behind ``POST /datasets/upload``."""

    deps: DataDeps

    async def upload(
        self, workspace_id: UUID, request: Request, options: UploadOptions
    ) -> UploadReport:
        """Store all bars of the request's file, or none. Raises what naming them is for:

        UnsupportedMediaTypeError, ContentTooLargeError, BadRequestError, InvalidInputError for
        options, and BarFileError, which names column and row of each broken rule.
        """
        async with receive_file(request) as received:
            options = _merge(options, received.fields)
            async with self.deps.parsing:
                checked = await asyncio.to_thread(_read, received, options)
        async with self.deps.units_of_work(workspace_id) as work:
            tier = await self.deps.storage.tier(work.session)
            dataset, upload = await DatasetService(work, tier).store(
                workspace_id, checked.bars, checked.sha256, checked.report
            )
        return UploadReport(
            dataset=Dataset.model_validate(dataset),
            upload=DatasetUpload.model_validate(upload),
            quality=present_quality(checked.report),
        )


def _merge(options: UploadOptions, fields: dict[str, str]) -> UploadOptions:
    """Let form fields win over query parameters."""
    try:
        given = UploadOptions.model_validate(fields)
    except ValidationError as error:
        raise InvalidInputError.of_fields(field_problems(error.errors())) from error
    return options.model_copy(update=given.model_dump(exclude_unset=True))


def _read(received: ReceivedFile, options: UploadOptions) -> CheckedBars:
    found = read_bars(
        received.file,
        options.symbol,
        options.timeframe,
        limits=_LIMITS,
        contradictions=options.contradictions,
    )
    bars = found.bars
    if options.symbol is None and bars.symbol == _UNKNOWN_SYMBOL:
        bars = replace(bars, symbol=_symbol_of(received))
    if not is_storable(bars.ts):
        raise BarFileError.about("ts", "too-precise", "ts is finer than a microsecond")
    return CheckedBars(bars, bars.sha256(), found.report)


def _symbol_of(received: ReceivedFile) -> str:
    symbol = symbol_from_name(received.name) if received.name else None
    if symbol is None:
        raise InvalidInputError.at(
            "/symbol", "missing", "say which instrument the bars are of, as symbol=AAPL"
        )
    return symbol
