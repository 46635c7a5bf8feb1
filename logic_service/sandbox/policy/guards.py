"""What checked code calls at run time where the source alone cannot decide."""

from __future__ import annotations

import abc
import datetime
import decimal
import string
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from logic_service.sandbox.policy import classes, hashing, hints, names
from naru.compat.trades import Trade

_ARRAYS = (np.ndarray, np.generic)
# Objects that answer for others when asked for an attribute.
_FORWARDING = (types.MethodType, types.GenericAlias, typing._BaseGenericAlias)  # type: ignore[attr-defined]  # noqa: SLF001
_UNBOUND = (types.MethodDescriptorType, types.GetSetDescriptorType)
_OF_ARRAYS = frozenset({"base", "dump", "dumps", "flags", "resize", "view"})
_OF_DATES = frozenset({"now", "utcnow", "today"})
_OF_TEXTS = frozenset({"format", "format_map"})
_of_super = super.__dict__["__self_class__"].__get__
_MISSING = object()


def guard_write(target: Any) -> Any:
    """Return ``target`` if its attributes may be assigned. Raises TypeError otherwise."""
    kind = type(target)
    if kind.__module__ == names.STRATEGY_MODULE:
        return target
    is_definition = isinstance(target, type | types.FunctionType)
    if is_definition and target.__module__ == names.STRATEGY_MODULE:
        return target
    if isinstance(target, decimal.Context):  # the run's own refuses by itself
        return target
    if kind is Trade:  # of which sl and tp are all that has a setter
        return target
    if kind is np.ndarray:
        raise TypeError("attributes of arrays are read-only; write x = x.reshape(...) for a shape")
    label = target.__name__ if isinstance(target, type) else kind.__name__
    raise TypeError(f"attributes of '{label}' are read-only")


def guard_own(target: Any) -> Any:
    """Return ``target`` if its private attributes may be read. Raises AttributeError otherwise.

    Those of the strategy's classes, functions and objects may, also by way of ``super()``.
    """
    owner = target
    if isinstance(target, super):
        owner = _of_super(target)
    elif type(target) is types.MethodType:
        owner = target.__func__
    if type(owner).__module__ == names.STRATEGY_MODULE:
        return target
    is_definition = isinstance(owner, type | types.FunctionType)
    if is_definition and owner.__module__ == names.STRATEGY_MODULE:
        return target
    label = owner.__name__ if isinstance(owner, type) else type(owner).__name__
    raise AttributeError(f"the private attributes of '{label}' are not available")


def guard_load(target: Any, name: str) -> Any:
    """Read an attribute whose name is dangerous on some types. Raises AttributeError there.

    What was found decides, not where it was looked for: aliases, bound methods and ``super()``
    answer for other objects.
    """
    if name == "__class__":
        return classes.class_of(target.__class__)
    if isinstance(target, _FORWARDING) or (name in _OF_ARRAYS and isinstance(target, _ARRAYS)):
        label = "arrays" if isinstance(target, _ARRAYS) else f"'{type(target).__name__}'"
        raise AttributeError(f"the attribute '{name}' of {label} is not available; copy the array")
    found = getattr(target, name)
    if name in _OF_TEXTS:
        return _safe_format(found, name)
    if isinstance(target, np.dtype) and type(found) is types.MappingProxyType:
        return dict(found)  # a proxy hands what it stands for to whoever is compared with it
    if name == "__hash__":
        return None if found is None else hashing.safe_hasher(found)
    owner = found.__self__ if type(found) is types.BuiltinMethodType else None
    if name in _OF_DATES and isinstance(owner, type) and issubclass(owner, datetime.date):
        raise AttributeError(f"'{name}' is not available: a run has no clock; use self.now")
    of_class = found.__objclass__ if type(found) in _UNBOUND else object
    if name in _OF_ARRAYS and (isinstance(owner, _ARRAYS) or issubclass(of_class, _ARRAYS)):
        raise AttributeError(f"the attribute '{name}' of arrays is not available; copy the array")
    if getattr(found, "__func__", None) is abc.ABCMeta.register:
        raise AttributeError("'register' is not available: write a subclass")
    return found


def safe_getattr(target: Any, name: str, default: Any = _MISSING) -> Any:
    """Read an attribute by a name computed at run time, under the rules for literal names."""
    try:
        return _load(target, name)
    except AttributeError:
        if default is _MISSING:
            raise
        return default


def safe_hasattr(target: Any, name: str) -> bool:
    try:
        _load(target, name)
    except AttributeError:
        return False
    return True


def safe_setattr(target: Any, name: str, value: Any) -> None:
    setattr(guard_write(target), writable(name), value)


def safe_delattr(target: Any, name: str) -> None:
    delattr(guard_write(target), writable(name))


def _load(target: Any, name: str) -> Any:
    if type(name) is not str:  # a subclass could answer differently when asked twice
        raise TypeError("attribute names must be strings")
    if not names.is_readable_attribute(name):
        raise AttributeError(f"the attribute '{name}' is not available")
    if name in names.GUARDED_ATTRIBUTES:
        return guard_load(target, name)
    return getattr(guard_own(target) if names.is_private(name) else target, name)


def writable(name: str) -> str:
    """Return a name under which attributes may be assigned. Raises AttributeError otherwise."""
    if type(name) is not str:
        raise TypeError("attribute names must be strings")
    if not names.is_writable_attribute(name):
        raise AttributeError(f"the attribute '{name}' is not available")
    return name


class _Formatter(string.Formatter):
    """``str.format`` whose field names follow the rules for attributes."""

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, str]:
        first, rest = _split_field(field_name)
        found = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            found = _load(found, key) if is_attribute else found[key]
        return found, str(first)


def _split_field(field_name: str) -> tuple[int | str, list[tuple[bool, Any]]]:
    first, rest = string._string.formatter_field_name_split(field_name)  # type: ignore[attr-defined]  # noqa: SLF001
    return first, list(rest)


_formatter = _Formatter()


def _safe_format(found: Any, name: str) -> Any:
    """Return a safe twin of ``str.format`` or ``format_map``, and anything else as it is."""
    if type(found) is types.MethodDescriptorType and issubclass(found.__objclass__, str):
        if name == "format":
            return lambda text, /, *args, **kwargs: _formatter.vformat(str(text), args, kwargs)
        return lambda text, mapping, /: _formatter.vformat(str(text), (), mapping)
    owner = found.__self__ if type(found) is types.BuiltinMethodType else None
    if not isinstance(owner, str):
        return found
    text = str.__str__(owner)
    if name == "format":
        return lambda *args, **kwargs: _formatter.vformat(text, args, kwargs)
    return lambda mapping, /: _formatter.vformat(text, (), mapping)


class ImportGuard:
    """``import`` that finds frozen facades and nothing else."""

    def __init__(self, facades: Mapping[str, types.ModuleType]) -> None:
        self._facades = facades

    def __call__(
        self,
        name: str,
        globals: object = None,  # noqa: A002 - the interpreter's own argument names
        locals: object = None,  # noqa: A002
        fromlist: Sequence[str] | None = None,
        level: int = 0,
    ) -> types.ModuleType | None:
        """Answer an import statement. Raises ImportError for what has no facade."""
        if type(fromlist) is list and name in sys.modules:
            # C code that imports lazily (datetime.strftime) asks for the side effect only and
            # reads sys.modules itself; import statements pass a tuple or None.
            return None
        facade = None if level else self._facades.get(name)
        if facade is None:
            hint = hints.of_module(name) or ""
            raise ModuleNotFoundError(f"the module '{name}' cannot be imported. {hint}".strip())
        if not fromlist:
            return self._facades[name.partition(".")[0]]
        for wanted in fromlist:
            if wanted not in vars(facade):  # else the interpreter would look in sys.modules
                raise ImportError(f"'{name}' offers no '{wanted}' to strategies")
        return facade
