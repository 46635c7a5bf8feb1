"""Classes as strategies see them, and as their ``class`` statements make them."""

from __future__ import annotations

import builtins
import itertools
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from logic_service.sandbox.policy import names

_offered: set[type] = {type(None), type(NotImplemented), type(Ellipsis)}
_stand_ins: dict[type, type] = {}
_stood_for: dict[type, tuple[type, str]] = {}  # not on the stand-in, where it could be read
made: set[type] = set()


def offer(kinds: Iterable[type]) -> None:
    """Let ``type(x)`` answer with these classes themselves."""
    _offered.update(kinds)


class _StandIn(type):
    """The type of classes that answer for others in ``isinstance`` and can do nothing else."""

    def __new__(cls, name: str, bases: tuple[type, ...], *_: Any, **__: Any) -> Any:
        if bases:
            raise TypeError(f"'{bases[0].__name__}' cannot be a base of classes in strategies")
        return super().__new__(cls, name, (), {"__slots__": (), "__module__": "builtins"})

    def __init__(cls, _: str, __: tuple[type, ...], kind: type, hint: str) -> None:
        _stood_for[cls] = (kind, hint)

    def __call__(cls, *_: object, **__: object) -> NoReturn:
        hint = _stood_for[cls][1]
        raise TypeError(f"'{cls.__name__}' makes no objects in strategies. {hint}".strip())

    def __getitem__(cls, _: object) -> Any:
        return cls  # in annotations; an alias could be called, and would construct

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _stood_for[cls][0])


def stand_in(kind: type, hint: str = "") -> type:
    """Return what strategies see instead of a class: its name, and an answer to ``isinstance``.

    The constructors of arrays, aliases and bound methods reach memory or around the guards.
    """
    found = _stand_ins.get(kind)
    if found is None:
        found = _stand_ins[kind] = _StandIn(kind.__name__, (), kind, hint)
    return found


class _TypeMeta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, type)


class TypeOf(metaclass=_TypeMeta):
    """``type(x)``. The three-argument form, which makes classes out of names, is refused."""

    def __new__(cls, value: Any, *others: Any, **keywords: Any) -> Any:
        if others or keywords:
            raise TypeError("type() takes one argument; write a class statement to make a class")
        return class_of(type(value))

    def __init_subclass__(cls, **_: object) -> NoReturn:
        raise TypeError("classes of classes cannot be used in strategies")


def class_of(kind: type) -> type:
    """Return a class that strategies may hold: their own, an offered one, or a stand-in."""
    if issubclass(kind, type):
        return TypeOf
    if kind in _offered or kind.__module__ == names.STRATEGY_MODULE:
        return kind
    return kind if issubclass(kind, BaseException) else stand_in(kind)


_HASH_BY_ADDRESS: Any = object.__hash__
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
_WRITTEN_AS_BASES = {PlainObject, *types.resolve_bases((typing.NamedTuple, typing.TypedDict))}


def build_class(body: Callable[..., Any], name: str, *bases: Any, **keywords: Any) -> type:
    """Make a class for a ``class`` statement. Raises TypeError for a metaclass."""
    if "metaclass" in keywords:
        raise TypeError("classes with a metaclass of their own cannot be used in strategies")
    if not bases or bases == (object,):
        bases = (PlainObject,)
    for base in types.resolve_bases(bases):
        _check_base(base)
    built: type = builtins.__build_class__(body, name, *bases, **keywords)
    if isinstance(built, type):
        _settle_slots(built)
        for field in names.GUARDED_ATTRIBUTES.intersection(_fields_of(built)):
            refuse_foreign_field(built, field)
        if getattr(built, "__hash__", None) is _HASH_BY_ADDRESS:  # its base is not ours
            type.__setattr__(built, "__hash__", PlainObject.__hash__)
        made.add(built)
    return built


def _check_base(base: object) -> None:
    """Refuse a base that strategies may not hold: aliases stand for one that they never saw.

    ``typing.Type[int]`` is ``type`` where it is a base.
    """
    if isinstance(base, type) and (class_of(base) is base or base in _WRITTEN_AS_BASES):
        return
    label = base.__name__ if isinstance(base, type) else type(base).__name__
    raise TypeError(f"'{label}' cannot be a base of classes in strategies")


def _settle_slots(built: type) -> None:
    """Replace ``__slots__`` by a tuple of the slots that there are.

    ``copy`` reads it again, and hands on whatever attributes it names by then.
    """
    if "__slots__" in vars(built):
        slots = [key for key, it in vars(built).items() if type(it) is types.MemberDescriptorType]
        type.__setattr__(built, "__slots__", tuple(slots))


def refuse_foreign_field(kind: type, name: str) -> None:
    """Refuse a dataclass's field that somebody else's class offers under a guarded name.

    ``dataclass`` reads it as the default, ``asdict`` and comparisons from every object; one that
    the strategy lays over it can be deleted again.
    """
    owners = [base for base in kind.__mro__ if name in vars(base)]
    if not owners and hasattr(kind, name):  # what the class of the class offers is found too
        owners = [type(kind)]
    foreign = [owner for owner in owners if owner.__module__ != names.STRATEGY_MODULE]
    if foreign:
        label = foreign[0].__name__
        raise TypeError(f"a field cannot be called '{name}': '{label}' has it already")


def _fields_of(built: type) -> Iterable[str]:
    """Return the names of fields that a class has from bases that are dataclasses."""
    return getattr(built, "__dataclass_fields__", ())


def hook(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a ``__getattr__`` or its kind: it is asked for names that strategies may use.

    Others look there for protocols: numpy for memory to map, ``copy`` for where to put a state.
    """
    is_allowed = names.is_readable_attribute
    default: Callable[..., Any] | None = None
    if name != "__getattr__":
        is_allowed = names.is_writable_attribute
        default = object.__setattr__ if name == "__setattr__" else object.__delattr__

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(self: Any, attribute: str, *value: Any) -> Any:
            if is_allowed(attribute):
                return function(self, attribute, *value)
            if default is not None:
                return default(self, attribute, *value)
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{attribute}'")

        return guarded

    return decorate
