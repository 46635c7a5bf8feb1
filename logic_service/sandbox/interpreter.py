"""What the interpreter's own types tell of memory, taken from them before any child is forked.

``<function f at 0x7f...>`` differs from run to run, wherever Python writes it: f-strings, ``%``,
exceptions, arrays of texts. So the types themselves are taught another text. Strategies cannot
undo it: they write to no type but their own.
"""

from __future__ import annotations

import ctypes
import gc
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from logic_service.sandbox.policy.names import STRATEGY_FILE

# Places of PyTypeObject's fields, in words; the same since Python 3.8, and looked at before use.
_BASIC_SIZE, _REPR, _HASH, _FLAGS = 4, 11, 15, 21
_WORD_BYTES = ctypes.sizeof(ctypes.c_void_p)
_NAMED = {
    types.FunctionType: "function",
    types.MethodType: "bound method",
    types.BuiltinMethodType: "built-in function",
    types.MethodWrapperType: "method-wrapper",
    types.GeneratorType: "generator",
    type(np.mean): "function",
}
_address_of_function = types.FunctionType.__hash__
_address_of_method = types.MethodType.__hash__


class _Taught:
    """A class of Python, of which the interpreter calls methods that are Python functions."""

    def __repr__(self) -> str:
        return ""

    def __hash__(self) -> int:
        return 0


def hide_addresses() -> bool:
    """Change the types of this process; tell whether that was done.

    Interpreters that lay their types out in another way keep them as they are.
    """
    kinds = (object, type, str, _Taught, np.ndarray, types.FunctionType)
    if not all(_is_laid_out_as_expected(kind) for kind in kinds):
        return False
    _teach(object, "__repr__", _REPR, _repr_of_object)
    for kind, label in _NAMED.items():
        _teach(kind, "__repr__", _REPR, _repr_by_name(label))
    _teach(types.FunctionType, "__hash__", _HASH, _hash_of_function)
    _teach(types.MethodType, "__hash__", _HASH, _hash_of_method)
    for kind in (np.ndarray, np.generic):  # the memory of objects' addresses, to be written
        _members(kind).pop("data", None)
        _forget_lookups(kind)
    return repr(object()) == "<object object>" and not hasattr(np.ndarray, "data")


def _repr_of_object(self: object) -> str:
    return f"<{type(self).__qualname__} object>"


def _repr_by_name(label: str) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: N807 - the name of what it stands for
        name = getattr(self, "__qualname__", None)
        return f"<{label} {name}>" if type(name) is str else f"<{label}>"

    return __repr__


def _hash_of_function(self: types.FunctionType) -> int:
    """Return what orders sets of functions; ours were kept by their addresses before."""
    code = self.__code__
    if code.co_filename != STRATEGY_FILE:
        return _address_of_function(self)
    return hash((code.co_qualname, code.co_firstlineno))


def _hash_of_method(self: types.MethodType) -> int:
    function = self.__func__
    if type(function) is types.FunctionType and function.__code__.co_filename == STRATEGY_FILE:
        return _hash_of_function(function)
    return _address_of_method(self)


def _teach(kind: type, name: str, place: int, function: Callable[..., Any]) -> None:
    """Give a type of the interpreter a method, and all that inherited the one it had."""
    before = _field(kind, place).value
    heirs = [each for each in (kind, *_descendants(kind)) if _field(each, place).value == before]
    _members(kind)[name] = function
    for each in heirs:
        _field(each, place).value = _field(_Taught, place).value
    _forget_lookups(kind)


def _descendants(kind: type) -> Iterator[type]:
    heirs: list[type] = type.__subclasses__(kind)
    for heir in heirs:
        yield heir
        yield from _descendants(heir)


def _members(kind: type) -> dict[str, Any]:
    """Return the dict behind a type's read-only ``__dict__``."""
    members: dict[str, Any]
    (members,) = gc.get_referents(type.__dict__["__dict__"].__get__(kind))
    return members


def _forget_lookups(kind: type) -> None:
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _field(kind: type, place: int) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address(id(kind) + place * _WORD_BYTES)


def _is_laid_out_as_expected(kind: type) -> bool:
    return (_field(kind, _BASIC_SIZE).value, _field(kind, _FLAGS).value) == (
        kind.__basicsize__,
        kind.__flags__,
    )
