"""Take in an uploaded file: raw or multipart, bounded while it is read, spooled to disk."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from data_service.contract.datasets import MAX_UPLOAD_BYTES
from shared.errors import (
    BadRequestError,
    ContentTooLargeError,
    InvalidInputError,
    UnsupportedMediaTypeError,
)

RAW_TYPES = (
    "application/octet-stream",
    "application/vnd.apache.parquet",
    "application/x-parquet",
    "text/csv",
    "application/gzip",
    "application/x-gzip",
)
MULTIPART = "multipart/form-data"
FILE_FIELD = "file"

_MEMORY_BYTES = 1 << 20
_MULTIPART_OVERHEAD_BYTES = 64 << 10
_MAX_FIELDS = 8
_MAX_FIELD_BYTES = 1 << 10


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """An uploaded file, at its beginning.

    name     as the sender calls it, if at all
    fields   the other parts of a multipart body
    """

    file: BinaryIO
    name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def receive_file(request: Request) -> AsyncIterator[ReceivedFile]:
    """Read the body to its end; the file is gone afterwards.

    Raises UnsupportedMediaTypeError, ContentTooLargeError (as soon as it is known), and
    BadRequestError for a body that ends early or is no proper multipart.
    """
    kind = request.headers.get("Content-Type", RAW_TYPES[0]).partition(";")[0].strip().lower()
    if kind != MULTIPART and kind not in RAW_TYPES:
        raise UnsupportedMediaTypeError(
            f"send {MULTIPART} with a part named {FILE_FIELD!r}, or the file itself as one of "
            f"{', '.join(RAW_TYPES)}"
        )
    try:
        if kind == MULTIPART:
            async with _parse_multipart(request) as received:
                yield received
        else:
            with SpooledTemporaryFile(_MEMORY_BYTES) as file:
                async for chunk in _bounded(request, MAX_UPLOAD_BYTES):
                    file.write(chunk)
                file.seek(0)
                yield ReceivedFile(cast("BinaryIO", file), _name_of(request))
    except ClientDisconnect as error:
        raise BadRequestError("the upload ended early") from error


def _name_of(request: Request) -> str | None:
    """Return what `Content-Disposition` calls the file (RFC 6266); None when it says nothing."""
    told = Message()
    told["Content-Disposition"] = request.headers.get("Content-Disposition", "attachment")
    return told.get_filename()


@asynccontextmanager
async def _parse_multipart(request: Request) -> AsyncIterator[ReceivedFile]:
    body = _bounded(request, MAX_UPLOAD_BYTES + _MULTIPART_OVERHEAD_BYTES)
    parser = MultiPartParser(
        request.headers, body, max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BadRequestError(error.message) from error
    try:
        yield _pick(form)
    finally:
        await form.close()


def _pick(form: FormData) -> ReceivedFile:
    parts = form.multi_items()
    files = {name: part for name, part in parts if isinstance(part, UploadFile)}
    fields = {name: part for name, part in parts if isinstance(part, str)}
    if list(files) != [FILE_FIELD]:
        raise InvalidInputError.at(
            f"/{FILE_FIELD}", "missing", f"send the bars as a file part named {FILE_FIELD!r}"
        )
    if len(files) + len(fields) != len(parts):
        raise InvalidInputError.at("", "repeated-field", "every part may be there only once")
    upload = files[FILE_FIELD]
    return ReceivedFile(upload.file, upload.filename, fields)


async def _bounded(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """Pass the body on; stop at the limit, whatever the sender announced."""
    announced = request.headers.get("Content-Length", "")
    left = max_bytes
    if announced.isdigit() and int(announced) > left:
        raise _too_large(max_bytes)
    async for chunk in request.stream():
        left -= len(chunk)
        if left < 0:
            raise _too_large(max_bytes)
        yield chunk


def _too_large(max_bytes: int) -> ContentTooLargeError:
    return ContentTooLargeError(f"an upload may have {max_bytes >> 20} MiB", max_bytes=max_bytes)
