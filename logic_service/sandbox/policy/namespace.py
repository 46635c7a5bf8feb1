"""The globals and built-ins that checked code runs with."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from logic_service.sandbox.policy import classes, guards, hashing, names
from logic_service.sandbox.policy.facades import chance, texts
from logic_service.sandbox.policy.facades.arrays import numpy_facades
from logic_service.sandbox.policy.facades.days import day_facades
from logic_service.sandbox.policy.facades.frozen import public_names
from logic_service.sandbox.policy.facades.kit import kit_facades
from logic_service.sandbox.policy.facades.standard import standard_facades

_PLAIN = """
ArithmeticError AssertionError AttributeError BaseException BufferError ConnectionError EOFError
Ellipsis EnvironmentError Exception False FileNotFoundError FloatingPointError FutureWarning
GeneratorExit IOError ImportError ImportWarning IndexError KeyError LookupError MemoryError
ModuleNotFoundError NameError None NotImplemented NotImplementedError OSError OverflowError
PendingDeprecationWarning PermissionError RecursionError ReferenceError ResourceWarning
RuntimeError RuntimeWarning StopIteration SyntaxError
SyntaxWarning SystemError TimeoutError True TypeError
UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
UnicodeWarning UserWarning ValueError Warning
ZeroDivisionError DeprecationWarning KeyboardInterrupt SystemExit
abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate
filter float format frozenset hex int isinstance issubclass iter len list map max min next
object oct ord pow print property range repr reversed round set slice sorted staticmethod str sum
super tuple zip
"""
_GUARDED: Mapping[str, Any] = {
    "__build_class__": classes.build_class,
    "delattr": guards.safe_delattr,
    "getattr": guards.safe_getattr,
    "hasattr": guards.safe_hasattr,
    "hash": hashing.safe_hash,
    "setattr": guards.safe_setattr,
    "type": classes.TypeOf,
}
_BUILTINS = {name: getattr(builtins, name) for name in _PLAIN.split()} | dict(_GUARDED)


class Library:
    """The facades, made once before forking."""

    def __init__(self) -> None:
        random = chance.chance_facades()
        facades = {
            **standard_facades(),
            **texts.text_facades(),
            **day_facades(),
            **random,
            **numpy_facades(random["numpy.random"]),
            **kit_facades(),
        }
        self._import = guards.ImportGuard(facades)
        self._prepared: _Globals | None = None
        for members in (_BUILTINS, *map(vars, facades.values())):
            classes.offer(member for member in members.values() if isinstance(member, type))
        self._offered = {name: public_names(facade) for name, facade in facades.items()}

    def offered(self, module: str) -> frozenset[str] | None:
        """Return the names a module offers, None for a module that cannot be imported."""
        return self._offered.get(module)

    def prepare(self) -> None:
        """Make the next run's globals now, so that no child copies the pages that this touches.

        Each child has one run. Filling a dict with built-ins counts a reference to each, which
        costs a child a hundred copied pages.
        """
        self._prepared = _Globals(self._import)

    def namespace(self, seed: int, write: Callable[[str], None]) -> dict[str, Any]:
        """Return fresh globals for one run.

        seed   starts ``random`` and ``numpy.random``
        write  receives what ``print`` prints
        """
        ready = self._prepared or _Globals(self._import)
        self._prepared = None
        chance.start(seed)
        texts.start(write)
        ready.write = write
        sys.modules[names.STRATEGY_MODULE] = ready.module  # dataclasses look their own module up
        return vars(ready.module)


class _Globals:
    """The module that a strategy's source becomes."""

    def __init__(self, importing: guards.ImportGuard) -> None:
        self.write: Callable[[str], None] = lambda _: None
        self.module = types.ModuleType(names.STRATEGY_MODULE)
        vars(self.module).update(
            {
                "__builtins__": {**_BUILTINS, "__import__": importing, "print": _printer(self)},
                names.GUARD_WRITE: guards.guard_write,
                names.GUARD_LOAD: guards.guard_load,
                names.GUARD_OWN: guards.guard_own,
                names.GUARD_HOOK: classes.hook,
                names.TYPE: type,
                names.MADE_CLASSES: classes.made,
            }
        )


def _printer(run: _Globals) -> Callable[..., None]:
    """Return the run's ``print``: a function, so that copying it leads nowhere."""

    def write(*values: object, sep: str = " ", end: str = "", **_: object) -> None:
        run.write((sep or " ").join(str(value) for value in values) + (end or "").rstrip("\n"))

    return write
