"""Versions: immutable code, numbered 1, 2, 3... within their strategy."""

import json
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from shared.ids import StrategyId, VersionId
from shared.text import STORABLE, StorableText

MAX_SOURCE_BYTES = 128 * 1024
MAX_SOURCE_BODY_BYTES = 1024 * 1024
"""JSON may spell one byte of source as six."""

StrategyStyle = Literal["event", "vector", "ported"]


def _check_size(source: str) -> str:
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise PydanticCustomError(
            "source_too_long", "a source may have {limit} bytes", {"limit": MAX_SOURCE_BYTES}
        )
    return source


def _check_storable(schema: dict[str, Any]) -> dict[str, Any]:
    r"""Refuse what PostgreSQL's ``jsonb`` refuses: ``\u0000``, lone surrogates, NaN, infinity."""
    try:
        text = json.dumps(schema, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError("no strict JSON") from error
    if rb"\u0000" in text:
        raise ValueError("holds U+0000")
    return schema


Source = Annotated[
    str,
    AfterValidator(_check_size),
    Field(
        description="Python source of exactly one strategy; at most 128 KiB as UTF-8.",
        examples=["from naru import Strategy\n\n\nclass Hold(Strategy):\n    ...\n"],
    ),
]


class VersionCreate(BaseModel):
    """A new version's source."""

    model_config = ConfigDict(extra="forbid")

    source: Source
    note: Annotated[
        str,
        StringConstraints(max_length=500, pattern=STORABLE),
        Field(description="What changed.", examples=["Slower averages"]),
    ] = ""


class Version(BaseModel):
    """An immutable version.

    sha256          of the source as UTF-8
    strategy_name   the class or function in the source
    style           how the strategy is written: per bar, vectorised, or ported
    params_schema   JSON Schema of the parameters that a run may set
    """

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "ver_0199f0c2b7a77c3e9d1e5a4b3c2d1e10",
                    "strategy_id": "st_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "number": 3,
                    "sha256": "9d7e30384b5c554b1bd531fb8edd042736f415a9cbdd074b0290e112590bfea9",
                    "size_bytes": 612,
                    "strategy_name": "SmaCross",
                    "style": "event",
                    "doc": "Long while the fast average is above the slow one.",
                    "params_schema": {
                        "type": "object",
                        "properties": {"fast": {"type": "integer", "default": 20}},
                        "additionalProperties": False,
                    },
                    "note": "Slower averages",
                    "created_at": "2026-11-21T09:30:00Z",
                }
            ]
        },
    )

    id: VersionId
    strategy_id: StrategyId
    number: int
    sha256: str
    size_bytes: int
    strategy_name: str
    style: StrategyStyle
    doc: str
    params_schema: dict[str, Any]
    note: str
    created_at: AwareDatetime


class VersionSource(BaseModel):
    """The source of one version, exactly as it was uploaded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version_id": "ver_0199f0c2b7a77c3e9d1e5a4b3c2d1e10",
                    "number": 3,
                    "sha256": "9d7e30384b5c554b1bd531fb8edd042736f415a9cbdd074b0290e112590bfea9",
                    "source": "from naru import Strategy\n\n\nclass Hold(Strategy): ...\n",
                }
            ]
        }
    )

    version_id: VersionId
    number: int
    sha256: str
    source: str


class SourceCheck(BaseModel):
    """A source to check, which is not stored."""

    model_config = ConfigDict(extra="forbid")

    source: Source


class SourceProblem(BaseModel):
    """One thing that is wrong with a source, in the sandbox's own words.

    line, column   1-based place in the source, where one is known
    hint           what to write instead, where there is something
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "import-refused",
                    "message": "The module 'os' cannot be imported.",
                    "line": 1,
                    "column": 1,
                    "hint": "Strategies have no files, environment or processes.",
                }
            ]
        }
    )

    code: str
    message: str
    line: int | None
    column: int | None
    hint: str | None


class SourceReport(BaseModel):
    """Whether a source would be accepted, and if not, why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid": True,
                    "problems": [],
                    "strategy_name": "SmaCross",
                    "style": "event",
                    "doc": "Long while the fast average is above the slow one.",
                    "params_schema": {"type": "object", "properties": {}},
                }
            ]
        }
    )

    valid: bool
    problems: list[SourceProblem]
    strategy_name: StorableText | None
    style: StrategyStyle | None
    doc: StorableText | None
    params_schema: Annotated[dict[str, Any], AfterValidator(_check_storable)] | None


class DiffLine(BaseModel):
    """One line of a hunk; the numbers are 1-based, null on the side that lacks the line."""

    kind: Literal["same", "removed", "added"]
    from_line: int | None
    to_line: int | None
    text: str


class DiffHunk(BaseModel):
    """A run of changed lines with three unchanged ones around it."""

    from_start: int
    from_count: int
    to_start: int
    to_count: int
    lines: list[DiffLine]


class VersionDiff(BaseModel):
    """How the source changed from one version to another.

    unified   the same as text, as ``diff -u`` prints it
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_number": 2,
                    "to_number": 2,
                    "added_count": 0,
                    "removed_count": 0,
                    "unified": "",
                    "hunks": [],
                }
            ]
        }
    )

    from_number: int
    to_number: int
    added_count: int
    removed_count: int
    unified: str = Field(
        examples=["--- version 1\n+++ version 2\n@@ -1 +1 @@\n-fast = 20\n+fast = 10\n"]
    )
    hunks: list[DiffHunk]
