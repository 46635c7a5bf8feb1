"""Strategies: the named things whose versions hold the code."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.ids import StrategyId, VersionId
from shared.text import STORABLE, Title

StrategyTitle = Annotated[
    Title,
    Field(description="Shown in lists; need not be unique.", examples=["Moving average cross"]),
]
Description = Annotated[
    str,
    StringConstraints(max_length=4000, pattern=STORABLE),
    Field(description="Free text.", examples=["Long while the fast average is above the slow."]),
]


class StrategyCreate(BaseModel):
    """A new, still empty strategy."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Moving average cross", "description": "Fast over slow."}]
        },
    )

    name: StrategyTitle
    description: Description = ""


class StrategyUpdate(BaseModel):
    """What to change; fields left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Slow moving averages"}]}
    )

    name: StrategyTitle | None = None
    description: Description | None = None


class StrategyFork(BaseModel):
    """A copy of one version as the first version of a new strategy."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": 3, "name": "With a stop"}]}
    )

    number: Annotated[int, Field(ge=1, description="Version to copy.")] | None = None
    name: StrategyTitle | None = None


class StrategyRollback(BaseModel):
    """Make another version the current one; nothing is deleted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"number": 1}]})

    number: Annotated[int, Field(ge=1, description="Version to go back to.", examples=[1])]


class Strategy(BaseModel):
    """A strategy.

    current_version_id, current_number   the version to run: the one uploaded or rolled back to
                                         last; null while there is none
    latest_number                        the highest number given to a version so far; 0 at first
    """

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "st_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "name": "Moving average cross",
                    "description": "Fast over slow.",
                    "current_version_id": "ver_0199f0c2b7a77c3e9d1e5a4b3c2d1e10",
                    "current_number": 3,
                    "latest_number": 3,
                    "forked_from_version_id": "ver_0199f0c2b7a77c3e9d1e5a4b3c2d1e0a",
                    "created_at": "2026-11-21T09:00:00Z",
                    "updated_at": "2026-11-21T09:30:00Z",
                }
            ]
        },
    )

    id: StrategyId
    name: str
    description: str
    current_version_id: VersionId | None
    current_number: int | None
    latest_number: int
    forked_from_version_id: VersionId | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
