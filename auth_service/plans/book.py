"""The declarative file of plans, read again when it changes."""

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError, field_validator

from auth_service.contract.plans import Plan
from shared.logging import get_logger

log = get_logger(__name__)

_BY_CONTRACT = "by contract"

FIRST_PLAN = 0
"""New workspaces get the first plan of the file."""


class _PlanEntry(Plan):
    @field_validator("sandbox_cpu_s_per_day", mode="before")
    @classmethod
    def _read_by_contract(cls, value: object) -> object:
        return None if value == _BY_CONTRACT else value


class _PlanFile(BaseModel):
    plans: list[_PlanEntry] = Field(min_length=1)


class PlanBook:
    """The plans of this installation, in the order of the file."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(str(files("auth_service") / "plans.toml"))
        self._read_at = 0
        self._plans: list[Plan] = []

    def plans(self) -> list[Plan]:
        """Return all plans; those of before while an edit of the file cannot be used.

        Raises ValueError when the file could never be used.
        """
        changed_at = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if changed_at != self._read_at or not self._plans:
            self._read_at = changed_at
            try:
                self._plans = read_plans(self._path)
            except ValueError as error:
                if not self._plans:
                    raise
                log.error("plans.unreadable", error=str(error))
        return self._plans

    def get(self, name: str) -> Plan:
        """Return a plan; the first one for a name that the file no longer has."""
        plans = self.plans()
        return next((plan for plan in plans if plan.name == name), plans[FIRST_PLAN])

    def default(self) -> Plan:
        """Return the plan of new workspaces."""
        return self.plans()[FIRST_PLAN]


def read_plans(path: Path) -> list[Plan]:
    """Read a file of plans. Raises ValueError, which names the file and the places in it."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return list(_PlanFile.model_validate(found).plans)
    except ValidationError as error:
        places = [".".join(map(str, one["loc"])) + f": {one['msg']}" for one in error.errors()]
        raise ValueError(f"{path}: {'; '.join(places)}") from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise ValueError(f"{path}: {error}") from error
