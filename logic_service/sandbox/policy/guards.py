"""What checked code calls at run time where the source alone cannot decide."""

from __future__ import annotations

import builtins
import datetime
import itertools
import string
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from logic_service.sandbox.policy import hints, names

_ARRAYS = (np.ndarray, np.generic)
_OF_ARRAYS = frozenset({"base", "dump", "dumps", "resize", "view"})
_OF_DATES = frozenset({"now", "utcnow", "today"})
_OF_TEXTS = frozenset({"format", "format_map"})
_MISSING = object()


def guard_write(target: Any) -> Any:
    """Return ``target`` if its attributes may be assigned. Raises TypeError otherwise."""
    kind = type(target)
    if kind.__module__ == names.STRATEGY_MODULE:
        return target
    is_definition = isinstance(target, type | types.FunctionType)
    if is_definition and target.__module__ == names.STRATEGY_MODULE:
        return target
    if kind is types.SimpleNamespace:
        return target
    label = target.__name__ if isinstance(target, type) else kind.__name__
    raise TypeError(f"attributes of '{label}' are read-only")


def guard_load(target: Any, name: str) -> Any:
    """Read an attribute whose name is dangerous on some types. Raises AttributeError there."""
    if name == "__class__":
        return _class_of(target.__class__)
    if name in _OF_TEXTS and _is_text(target):
        return _safe_format(target, name)
    if name in _OF_ARRAYS and isinstance(target, _ARRAYS):
        raise AttributeError(f"the attribute '{name}' of arrays is not available; copy the array")
    if name in _OF_DATES and _is_date(target):
        raise AttributeError(f"'{name}' is not available: a run has no clock; use self.now")
    return getattr(target, name)


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
    setattr(guard_write(target), _writable(name), value)


def safe_delattr(target: Any, name: str) -> None:
    delattr(guard_write(target), _writable(name))


def _load(target: Any, name: str) -> Any:
    if type(name) is not str:  # a subclass could answer differently when asked twice
        raise TypeError("attribute names must be strings")
    if not names.is_readable_attribute(name):
        raise AttributeError(f"the attribute '{name}' is not available")
    if name in names.GUARDED_ATTRIBUTES:
        return guard_load(target, name)
    return getattr(target, name)


def _writable(name: str) -> str:
    if type(name) is not str:
        raise TypeError("attribute names must be strings")
    if not names.is_writable_attribute(name):
        raise AttributeError(f"the attribute '{name}' is not available")
    return name


def _is_text(target: Any) -> bool:
    return isinstance(target, str) or (isinstance(target, type) and issubclass(target, str))


def _is_date(target: Any) -> bool:
    kind = target if isinstance(target, type) else type(target)
    return issubclass(kind, datetime.date | datetime.datetime)


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


def _safe_format(target: Any, name: str) -> Callable[..., str]:
    if name == "format":
        if isinstance(target, type):
            return lambda text, /, *args, **kwargs: _formatter.vformat(str(text), args, kwargs)
        return lambda *args, **kwargs: _formatter.vformat(str(target), args, kwargs)
    if isinstance(target, type):
        return lambda text, mapping, /: _formatter.vformat(str(text), (), mapping)
    return lambda mapping, /: _formatter.vformat(str(target), (), mapping)


class _TypeMeta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, type)


class TypeOf(metaclass=_TypeMeta):
    """``type(x)``. The three-argument form, which makes classes out of names, is refused."""

    def __new__(cls, value: Any, *others: Any, **keywords: Any) -> Any:
        if others or keywords:
            raise TypeError("type() takes one argument; write a class statement to make a class")
        return _class_of(type(value))


def _class_of(kind: type) -> type:
    """Return a class; for classes of classes, which could make any class, a stand-in."""
    return TypeOf if issubclass(kind, type) else kind


_serials = itertools.count(1)
_SERIAL = "naru:serial"


class PlainObject:
    """The base of classes without a base: hash and repr without memory addresses."""

    __slots__ = ()

    def __hash__(self) -> int:
        try:
            own: dict[str, int] = self.__dict__
        except AttributeError:  # __slots__: equal hashes are slow in large sets, but right
            return hash(type(self).__qualname__)
        serial = own.get(_SERIAL)
        if serial is None:
            serial = own[_SERIAL] = next(_serials)
        return serial

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} object>"


PlainObject.__module__ = "builtins"


def build_class(body: Callable[..., Any], name: str, *bases: Any, **keywords: Any) -> type:
    """Make a class for a ``class`` statement. Raises TypeError for a metaclass."""
    if "metaclass" in keywords:
        raise TypeError("classes with a metaclass of their own cannot be used in strategies")
    if not bases or bases == (object,):
        bases = (PlainObject,)
    made: type = builtins.__build_class__(body, name, *bases, **keywords)
    return made


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
            hint = hints.MODULES.get(name.partition(".")[0], "")
            raise ImportError(f"the module '{name}' cannot be imported. {hint}".strip())
        if not fromlist:
            return self._facades[name.partition(".")[0]]
        for wanted in fromlist:
            if wanted not in vars(facade):  # else the interpreter would look in sys.modules
                raise ImportError(f"'{name}' offers no '{wanted}' to strategies")
        return facade
