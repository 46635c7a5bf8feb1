"""The module type that strategies see."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn


class Facade(types.ModuleType):
    """A module that cannot be changed. Names that it lacks raise AttributeError."""

    def __init__(self, name: str, members: Mapping[str, Any]) -> None:
        super().__init__(name)
        vars(self).update(members)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError(f"the module '{self.__name__}' is read-only")

    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError(f"the module '{self.__name__}' is read-only")


def public_names(facade: types.ModuleType) -> frozenset[str]:
    return frozenset(name for name in vars(facade) if not name.startswith("__"))


def pick(module: types.ModuleType, names: Iterable[str]) -> dict[str, Any]:
    """Return the named members of a module that this version of it has."""
    return {name: getattr(module, name) for name in names if hasattr(module, name)}
