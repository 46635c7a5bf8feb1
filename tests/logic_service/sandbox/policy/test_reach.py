"""What a strategy can come by through attributes and items alone, walked to the end.

The walk reads every name that the policy lets be read, of everything that it finds, beginning
with a running strategy's ``self``, the built-ins and the facades.
"""

import types
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from logic_service.sandbox.policy import classes, guards
from logic_service.sandbox.policy.facades.frozen import Facade
from logic_service.sandbox.policy.namespace import Library
from naru import Strategy, ta
from naru.bars import Bars
from naru.compat.backtesting import Strategy as PortedStrategy
from naru.engine.config import RunConfig
from naru.engine.market import Market
from naru.engine.run import run
from naru.engine.runtime import Runtime
from naru.engine.spec import load_strategy
from naru.series import Clock
from tests.logic_service.sandbox.conftest import rising_bars

KNOWN, ALL = 30, 60
_FORBIDDEN = (
    Runtime,
    Market,
    Clock,
    Bars,
    types.FrameType,
    types.CodeType,
    types.TracebackType,
    types.CellType,
)
_LEAVES = (
    *(str, bytes, int, float, complex, bool, type(None), Decimal),
    # Made anew by every read, so they would never end; what they are bound to was seen before.
    *(types.MethodWrapperType, types.BuiltinMethodType, types.WrapperDescriptorType),
)
_DEEPEST = 6
_MOST = 60_000


class Silence:
    """A sink that keeps nothing."""

    def follow(self, now: Callable[[], int | None]) -> None:
        """Take a clock."""

    def log(self, ts_ns: int | None, text: str) -> None:
        """Take a text."""

    def plot(self, name: str, ts_ns: int, value: float) -> None:
        """Take a point."""

    def progress(self, done: int, total: int) -> None:
        """Take a step."""


def findings(roots: dict[str, Any]) -> tuple[list[str], int]:
    """Return paths to what must not be reached, and how many objects were seen."""
    seen: dict[int, Any] = {}
    found: list[str] = []
    waiting = deque((path, value, 0) for path, value in roots.items())
    while waiting:
        path, value, depth = waiting.popleft()
        if id(value) in seen or depth > _DEEPEST or type(value) in _LEAVES:
            continue
        seen[id(value)] = value
        if is_forbidden(value):
            found.append(path)
            continue
        waiting.extend((f"{path}{step}", part, depth + 1) for step, part in parts(value))
    return found, len(seen)


def is_forbidden(value: Any) -> bool:
    """Tell whether a strategy must not hold this."""
    if isinstance(value, types.ModuleType) and not isinstance(value, Facade):
        return True
    if isinstance(value, np.ndarray):
        return value.size > KNOWN
    return isinstance(value, _FORBIDDEN) or value in (
        np.ndarray,
        types.FunctionType,
        types.MethodType,
        types.GenericAlias,
        type,
    )


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what can be had from a value without calling anything but what reading calls."""
    kind = classes.class_of(type(value))
    yield ".__class__", kind
    for name in sorted({*dir(type(value)), *dir(value)}):
        try:
            yield f".{name}", guards.safe_getattr(value, name)
        except Exception:  # whatever refuses is no way
            continue
    if type(value) in (list, tuple, set, frozenset):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    if isinstance(value, dict | types.MappingProxyType):
        yield from ((f"[{key!r}]", part) for key, part in value.items())


@pytest.mark.parametrize("base", [Strategy, PortedStrategy])
def test_a_running_strategy_reaches_nothing_it_should_not(base: type[Strategy]) -> None:
    walked: list[tuple[list[str], int]] = []

    class Walker(base):  # type: ignore[misc, valid-type]
        """Walk once, in the middle of the bars."""

        def init(self) -> None:
            series = self.data.Close if base is PortedStrategy else self.data.close
            self.average = self.indicator(ta.sma, series, 3)
            self.bands = self.indicator(ta.bollinger, series, 5, 2)
            self.own = self.indicator(lambda closes: closes[-1], series)

        def on_bar(self) -> None:
            if base is Strategy and not self.position:
                self.order = self.buy(size=0.01, sl=1.0)
            close = self.data.Close if base is PortedStrategy else self.data.close
            if len(close) == KNOWN:
                walked.append(findings({"self": self}))

    Walker.__module__ = "strategy"
    spec = load_strategy({"Walker": Walker, "__name__": "strategy"})
    run(spec, [rising_bars(ALL)], RunConfig(), {}, Silence())

    assert walked
    found, count = walked[0]
    assert found == []
    assert 50 < count < _MOST


def test_builtins_and_facades_reach_nothing_they_should_not() -> None:
    library = Library()
    namespace = library.namespace(0, lambda _: None)
    roots = dict(namespace["__builtins__"])
    importing = roots["__import__"]
    for name in ("naru", "numpy", "math", "random", "datetime", "typing", "dataclasses", "enum"):
        roots[name] = importing(name)
    for name in ("functools", "itertools", "collections", "decimal", "statistics", "json", "copy"):
        roots[name] = importing(name)
    for name in ("contextlib", "types", "cmath", "re", "textwrap", "logging", "warnings"):
        roots[name] = importing(name)
    for name in ("calendar", "zoneinfo"):
        roots[name] = importing(name)
    roots |= {"function": findings, "method": library.offered, "alias": list[int]}

    found, count = findings(roots)

    assert found == []
    assert 500 < count < _MOST
