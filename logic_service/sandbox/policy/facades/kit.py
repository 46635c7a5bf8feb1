"""The facades of the kit: whatever ``naru`` names in ``__all__``, and nothing it imports."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types

import naru
import naru.compat
from logic_service.sandbox.policy.facades.frozen import Facade


def kit_facades() -> dict[str, Facade]:
    """Return ``naru``, its public submodules and its compatibility modules, by module name."""
    facades: dict[str, Facade] = {}
    _freeze(naru, facades)
    for module in pkgutil.iter_modules(naru.compat.__path__, "naru.compat."):
        _freeze(importlib.import_module(module.name), facades)
    for name in list(facades):
        _link(name, facades)
    return facades


def _freeze(module: types.ModuleType, facades: dict[str, Facade]) -> Facade:
    members = {}
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        members[name] = _freeze(value, facades) if inspect.ismodule(value) else value
    return facades.setdefault(module.__name__, Facade(module.__name__, members))


def _link(name: str, facades: dict[str, Facade]) -> None:
    """Hang a submodule's facade into its parents, so that dotted imports find it."""
    parent, _, child = name.rpartition(".")
    if not parent:
        return
    if parent not in facades:
        facades[parent] = Facade(parent, {})
    vars(facades[parent]).setdefault(child, facades[name])
    _link(parent, facades)
