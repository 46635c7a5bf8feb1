"""Facades of the standard library: values and pure functions, nothing that reaches outside."""

from __future__ import annotations
import __future__

import abc
import bisect
import cmath
import collections
import collections.abc
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import heapq
import importlib
import itertools
import json
import math
import numbers
import operator
import statistics
import string
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, NoReturn

from logic_service.sandbox.policy import classes, guards, names
from logic_service.sandbox.policy.facades.copying import copy_facade
from logic_service.sandbox.policy.facades.frozen import Facade, pick
from logic_service.sandbox.policy.facades.spaces import SimpleNamespace

_ITERTOOLS = """accumulate batched chain combinations combinations_with_replacement compress count
cycle dropwhile filterfalse groupby islice pairwise permutations product repeat starmap takewhile
tee zip_longest"""
_COLLECTIONS = "ChainMap Counter OrderedDict UserDict UserList defaultdict deque namedtuple"
_COLLECTIONS_ABC = """Callable Collection Container Generator Hashable Iterable Iterator Mapping
MutableMapping MutableSequence MutableSet Sequence Set Sized"""
_TYPING = """Annotated Any AnyStr Callable ChainMap ClassVar Collection Concatenate Counter
DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable Iterable Iterator List Literal
LiteralString Mapping MutableMapping MutableSequence NamedTuple Never NewType NoReturn NotRequired
Optional OrderedDict ParamSpec Protocol Required Reversible Self Sequence Set Sized SupportsAbs
SupportsFloat SupportsIndex SupportsInt Text Tuple Type TypeAlias TypeGuard TypeVar TypedDict
Union Unpack TYPE_CHECKING assert_never cast final overload override runtime_checkable"""
_STATISTICS = """NormalDist StatisticsError correlation covariance fmean geometric_mean
harmonic_mean linear_regression mean median median_grouped median_high median_low mode multimode
pstdev pvariance quantiles stdev variance"""
_DATACLASSES = """FrozenInstanceError InitVar KW_ONLY asdict astuple field fields is_dataclass
replace"""
_DATETIME = "MAXYEAR MINYEAR UTC date datetime time timedelta timezone"
_DECIMAL = """Context Decimal DecimalException DivisionByZero InvalidOperation Overflow
ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP
Underflow localcontext"""
_OPERATOR = """abs add and_ concat contains countOf eq floordiv ge gt index indexOf inv invert
is_ is_not itemgetter le lshift lt matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth
xor getitem setitem delitem"""
_STRING = """Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits
octdigits printable punctuation whitespace"""
_HEAPQ = "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest"
_PUBLIC_MATH = [name for name in dir(math) if not name.startswith("_")]


def standard_facades() -> dict[str, Facade]:
    """Return the facades by module name."""
    members: dict[str, dict[str, Any]] = {
        "__future__": pick(__future__, __future__.all_feature_names),
        "abc": pick(abc, ["ABC", "abstractmethod"]),
        "bisect": pick(
            bisect,
            ["bisect", "bisect_left", "bisect_right", "insort", "insort_left", "insort_right"],
        ),
        "cmath": pick(cmath, [name for name in dir(cmath) if not name.startswith("_")]),
        "collections": pick(collections, _COLLECTIONS.split()),
        "collections.abc": pick(collections.abc, _COLLECTIONS_ABC.split()),
        "contextlib": {
            **pick(contextlib, ["ExitStack", "closing", "nullcontext", "suppress"]),
            "contextmanager": _contextmanager,
        },
        "dataclasses": pick(dataclasses, _DATACLASSES.split()) | {"dataclass": _dataclass},
        "datetime": pick(datetime, _DATETIME.split()),
        "decimal": pick(decimal, _DECIMAL.split()) | {"getcontext": _getcontext},
        "enum": _enum_members(),
        "fractions": pick(fractions, ["Fraction"]),
        "functools": {
            **pick(
                functools,
                ["cache", "cmp_to_key", "lru_cache", "partial", "partialmethod", "reduce"],
            ),
            "cached_property": CachedProperty,
            "total_ordering": _total_ordering,
            "wraps": _wraps,
        },
        "heapq": pick(heapq, _HEAPQ.split()),
        "itertools": pick(itertools, _ITERTOOLS.split()),
        "json": {"JSONDecodeError": json.JSONDecodeError, "dumps": _dumps, "loads": _loads},
        "math": pick(math, _PUBLIC_MATH),
        "numbers": pick(numbers, ["Complex", "Integral", "Number", "Rational", "Real"]),
        "operator": {
            **pick(operator, _OPERATOR.split()),
            "attrgetter": _attrgetter,
            "methodcaller": _methodcaller,
        },
        "statistics": pick(statistics, _STATISTICS.split()),
        "string": pick(string, _STRING.split()),
        "types": pick(types, ["MappingProxyType"]) | {"SimpleNamespace": SimpleNamespace},
        "typing": pick(typing, _TYPING.split()),
    }
    facades = {name: Facade(name, found) for name, found in members.items()}
    facades["copy"] = copy_facade()
    vars(facades["collections"])["abc"] = facades["collections.abc"]
    return facades


class _EnumMeta(enum.EnumMeta):
    """Enums by class statement only: the functional form makes classes out of any names."""

    def _create_(cls, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("write a class statement to make an enumeration")


def _enum_members() -> dict[str, Any]:
    class Enum(enum.Enum, metaclass=_EnumMeta):
        """``enum.Enum`` without the functional form."""

    class IntEnum(enum.IntEnum, metaclass=_EnumMeta):
        """``enum.IntEnum`` without the functional form."""

    class StrEnum(enum.StrEnum, metaclass=_EnumMeta):
        """``enum.StrEnum`` without the functional form."""

    class Flag(enum.Flag, metaclass=_EnumMeta):
        """``enum.Flag`` without the functional form."""

    class IntFlag(enum.IntFlag, metaclass=_EnumMeta):
        """``enum.IntFlag`` without the functional form."""

    made = {kind.__name__: kind for kind in (Enum, IntEnum, StrEnum, Flag, IntFlag)}
    return {**made, "auto": enum.auto, "unique": enum.unique}


class RunContext(decimal.Context):
    """A copy of the context that the engine computes money in, too: to be read only."""

    def __setattr__(self, name: str, value: object) -> None:
        """Let ``getcontext().prec = 28`` say what is so already. Raises TypeError."""
        if getattr(self, name) != value:
            raise TypeError("this context is read-only; write 'with localcontext() as context:'")


def _getcontext() -> RunContext:
    now = decimal.getcontext()
    return RunContext(now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp)


class CachedProperty(functools.cached_property[Any]):
    """``functools.cached_property`` on the strategy's own objects and under permitted names."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        super().__set_name__(owner, guards.writable(name))

    def __init_subclass__(cls, **_: object) -> NoReturn:
        raise TypeError("cached_property cannot be a base class: its name is what it may read")

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        return super().__get__(None if instance is None else guards.guard_write(instance), owner)


def _dataclass(cls: Any = None, /, **options: Any) -> Any:
    """``dataclasses.dataclass`` for the strategy's own classes: it writes to what it is given."""
    if cls is None:
        return lambda kind: _dataclass(kind, **options)
    guards.guard_write(cls)
    for name in _annotated_names(cls):
        _check_field(cls, name)
    made: Any = dataclasses.dataclass(cls, **options)
    if not names.GUARDED_ATTRIBUTES.isdisjoint(vars(made).get("__match_args__", ())):
        # Patterns would read them from whatever is derived of it.
        made.__match_args__ = ()  # type: ignore[misc]
    return made


def _annotated_names(cls: Any) -> tuple[Any, ...]:
    if sys.version_info >= (3, 14):
        library = importlib.import_module("annotationlib")  # earlier Pythons have none
        return tuple(library.get_annotations(cls, format=library.Format.FORWARDREF))
    return tuple(vars(cls).get("__annotations__", ()))


def _check_field(cls: type[Any], name: Any) -> None:
    """Refuse what ``dataclass`` would write into code, or read as a default, unasked."""
    if type(name) is not str or not name.isidentifier() or not names.is_definable_member(name):
        raise TypeError(f"a dataclass has no field called {name!r}")
    if name in names.GUARDED_ATTRIBUTES:
        classes.refuse_foreign_field(cls, name)
    given = getattr(cls, name, None)
    if isinstance(given, dataclasses.Field) and given.name is not None:  # it would be renamed
        raise TypeError(f"the field() of '{name}' is another field's; write one for each")


def _contextmanager(function: Callable[..., Any]) -> Any:
    """``contextlib.contextmanager``, which copies whatever the function has as attributes."""
    return contextlib.contextmanager(guards.guard_write(function))


def _total_ordering(cls: Any) -> Any:
    return functools.total_ordering(guards.guard_write(cls))


def _wraps(wrapped: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``functools.wraps`` without the lists of attributes to copy, which can name anything."""

    def decorate(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        target = guards.guard_write(wrapper)
        for name in ("__name__", "__qualname__", "__doc__"):
            setattr(target, name, getattr(wrapped, name, None) or "")
        return wrapper

    return decorate


def _attrgetter(*paths: str) -> Callable[[Any], Any]:
    def get(target: Any, path: str) -> Any:
        for name in path.split("."):
            target = guards.safe_getattr(target, name)
        return target

    def getter(target: Any) -> Any:
        found = tuple(get(target, path) for path in paths)
        return found[0] if len(found) == 1 else found

    return getter


def _methodcaller(name: str, /, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    return lambda target: guards.safe_getattr(target, name)(*args, **kwargs)


def _dumps(
    value: Any, *, indent: int | None = None, sort_keys: bool = False, ensure_ascii: bool = True,
    separators: tuple[str, str] | None = None, default: Callable[[Any], Any] | None = None,
) -> str:  # fmt: skip
    return json.dumps(
        value, indent=indent, sort_keys=sort_keys, ensure_ascii=ensure_ascii,
        separators=separators, default=default,
    )  # fmt: skip


def _loads(text: str) -> Any:
    return json.loads(text)
