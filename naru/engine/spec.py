"""Finding the strategy in a namespace, and what can be known of it before it runs."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from naru.errors import StrategyDefinitionError
from naru.params import Param, check_params, params_schema
from naru.strategy import Strategy
from naru.vectors import VectorStrategy

Style = Literal["event", "vector", "ported"]


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """A strategy that can run.

    name     of the class or function
    style    "event" and "ported" are classes, "vector" is a function
    doc      its docstring, cleaned; "" without one
    target   the class, or the vector strategy
    params   declared parameters by name, in order
    """

    name: str
    style: Style
    doc: str
    target: type[Strategy] | VectorStrategy
    params: Mapping[str, Param]

    def params_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the parameters."""
        return params_schema(self.params)

    def coerce_params(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return all parameters, checked, with defaults filled in. Raises ParamError."""
        return check_params(self.params_schema(), values)


def load_strategy(namespace: Mapping[str, object]) -> StrategySpec:
    """Return the one strategy that a module defines.

    A strategy that others are derived from does not count. Raises StrategyDefinitionError when
    there is none or more than one.
    """
    found: dict[int, type[Strategy] | VectorStrategy] = {}
    for value in namespace.values():
        if isinstance(value, VectorStrategy) or _is_strategy(value):
            found[id(value)] = value  # type: ignore[assignment]
    bases = {
        id(base)
        for value in found.values()
        if isinstance(value, type)
        for base in value.__mro__[1:]
    }
    strategies = [value for key, value in found.items() if key not in bases]
    if not strategies:
        raise StrategyDefinitionError(
            "defines no strategy: derive a class from naru.Strategy, or mark a function with "
            "@naru.vector(...)"
        )
    if len(strategies) > 1:
        names = ", ".join(_name(strategy) for strategy in strategies)
        raise StrategyDefinitionError(f"defines more than one strategy: {names}")
    return _describe(strategies[0])


def _is_strategy(value: object) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Strategy)
        and not value.__module__.startswith("naru.")
    )


def _describe(strategy: type[Strategy] | VectorStrategy) -> StrategySpec:
    if isinstance(strategy, VectorStrategy):
        doc = strategy._function_.__doc__
        spec = StrategySpec(strategy.name, "vector", _clean(doc), strategy, dict(strategy._params_))
    else:
        ported = getattr(strategy, "_ported_params_", None)
        if ported is None:
            _check_on_bar(strategy)
        params = _declared_params(strategy) if ported is None else ported()
        spec = StrategySpec(
            strategy.__name__,
            "event" if ported is None else "ported",
            _clean(strategy.__dict__.get("__doc__")),
            strategy,
            params,
        )
    spec.params_schema()  # names are checked here, before anything is stored
    return spec


def _check_on_bar(strategy: type[Strategy]) -> None:
    """Refuse a class that calls ``on_bar`` something else: nothing would ever call it."""
    if strategy.on_bar is not Strategy.on_bar:
        return
    if hasattr(strategy, "next"):
        raise StrategyDefinitionError(
            "has next() and no on_bar(): rename it, or import Strategy from naru.compat.backtesting"
        )
    for name in dir(strategy):
        if name != "on_bar" and name.lower().replace("_", "") in ("onbar", "onbars"):
            raise StrategyDefinitionError(f"has {name}() and no on_bar(): rename it")


def _declared_params(strategy: type[Strategy]) -> dict[str, Param]:
    declared: dict[str, Param] = {}
    for base in reversed(strategy.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Param):
                declared[name] = value
            else:
                declared.pop(name, None)
    taken = set(declared) & {*dir(Strategy), *Strategy.__annotations__}
    if taken:
        raise StrategyDefinitionError(f"{min(taken)!r} is the kit's own name, no parameter's")
    return declared


def _clean(doc: object) -> str:
    return inspect.cleandoc(doc) if isinstance(doc, str) else ""


def _name(strategy: type[Strategy] | VectorStrategy) -> str:
    return strategy.name if isinstance(strategy, VectorStrategy) else strategy.__name__
