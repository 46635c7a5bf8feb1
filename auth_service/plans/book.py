"""The declarative file of plans, read again when it changes."""

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, Field, field_validator

from auth_service.contract.plans import Plan

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
        """Return all plans. Raises OSError or ValueError when the file cannot be used."""
        changed_at = self._path.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._plans = _read(self._path)
            self._read_at = changed_at
        return self._plans

    def get(self, name: str) -> Plan:
        """Return a plan; the first one for a name that the file no longer has."""
        plans = self.plans()
        return next((plan for plan in plans if plan.name == name), plans[FIRST_PLAN])

    def default(self) -> Plan:
        """Return the plan of new workspaces."""
        return self.plans()[FIRST_PLAN]


def _read(path: Path) -> list[Plan]:
    return list(_PlanFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).plans)
