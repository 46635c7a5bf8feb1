"""Evaluating the conditions of ``on_bar`` for all bars at once.

Only what is known to be pure is evaluated: indicators and bars up to now, numbers, comparisons,
arithmetic, crossings, and questions about the account, whose answers stay unknown. Everything
else raises OpaqueError, and the line it stands in is left to Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from naru import ta
from naru.account import Position
from naru.data import BarSeries, Data
from naru.engine.compiled.source import Body
from naru.engine.compiled.values import (
    NUMBER,
    OBJECT,
    Bools,
    Floats,
    OpaqueError,
    Truth,
    Unknown,
    arithmetic,
    is_numeric,
    is_scalar,
)
from naru.engine.runtime import Runtime
from naru.series import Series
from naru.strategy import Strategy

_ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_NUMBERS_OF_ACCOUNT = ("cash", "equity")
_LISTS_OF_ACCOUNT = ("orders", "trades")
_NUMBERS_OF_POSITION = ("size", "avg_price", "value", "pnl")
_FACTS_OF_POSITION = ("is_long", "is_short")
# By identity: asking for equality could run a strategy's own code.
_CROSSINGS = frozenset(id(function) for function in (ta.crossover, ta.crossunder, ta.cross))
_CONSTANTS = (int, float, bool, str)
_BUILTINS = {"abs": abs, "min": min, "max": max, "len": len}
_LIST = Unknown(is_number=False)


class Guards:
    """Evaluates expressions of one ``on_bar`` over the bars of one run.

    danger  where evaluating something would raise, should Python get there; None if nowhere
    """

    def __init__(self, body: Body, strategy: Strategy, runtime: Runtime) -> None:
        self.body = body
        self.strategy = strategy
        self.runtime = runtime
        self.count = len(runtime.market)
        self.danger: Bools | None = None
        self._rows: dict[tuple[int, int], Floats] = {}
        self._compared: dict[tuple[int, int], Bools] = {}
        self._kept: list[object] = []  # what the identities in ``_compared`` belong to

    # Conditions

    def truth(self, node: ast.expr, variables: dict[str, Any]) -> Truth | bool:
        """Return where an expression is true. Raises OpaqueError."""
        if isinstance(node, ast.BoolOp):
            return self._joined(node, variables)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.truth(node.operand, variables)
            return not inner if isinstance(inner, bool) else ~inner
        return self.truth_of(self.value(node, variables))

    def truth_of(self, value: Any) -> Truth | bool:
        """Return where a value counts as true. Raises OpaqueError."""
        if type(value) in (bool, int, float, str) or value is None:
            return bool(value)
        if isinstance(value, Truth):
            return value
        if isinstance(value, Unknown | Position):
            anywhere = np.ones(self.count, dtype=np.bool_)
            return Truth(anywhere, anywhere, is_exact=False)
        if type(value) is Series:
            value = self.newest(value, 1)
        if type(value) is np.ndarray:
            return _known(value != 0.0)
        if isinstance(value, Unknown):
            return self.truth_of(value)
        raise OpaqueError

    def _joined(self, node: ast.BoolOp, variables: dict[str, Any]) -> Truth | bool:
        is_and = isinstance(node.op, ast.And)
        result: Truth | bool = is_and
        for part in node.values:
            found = self.truth(part, variables)
            if isinstance(found, bool):
                if found is not is_and:
                    return found if isinstance(result, bool) else self._everywhere(found)
            elif isinstance(result, bool):
                result = found
            else:
                result = result & found if is_and else result | found
        return result

    def _everywhere(self, answer: bool) -> Truth:
        return _known(np.full(self.count, answer))

    # Values

    def value(self, node: ast.expr, variables: dict[str, Any]) -> Any:
        """Return what an expression is at every bar. Raises OpaqueError."""
        found: Any
        match node:
            case ast.Constant(value=value) if value is None or type(value) in _CONSTANTS:
                found = value
            case ast.Name(id=name):
                found = self._named(name, variables)
            case ast.Attribute(value=base, attr=name):
                found = self._attribute(self.value(base, variables), name)
            case ast.Subscript(value=base, slice=index):
                found = self._item(self.value(base, variables), self.value(index, variables))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = self._negative(self.value(operand, variables))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                sides = self.value(left, variables), self.value(right, variables)
                found = self._arithmetic(_ARITHMETIC[type(op)], *sides)
            case ast.Compare():
                found = self._compare(node, variables)
            case _ if _is_condition(node):
                found = self.truth(node, variables)
            case ast.Call(func=function, args=args, keywords=[]):
                arguments = [self.value(each, variables) for each in args]
                found = self._call(self.value(function, variables), arguments)
            case _:
                raise OpaqueError
        return found

    def constant(self, node: ast.expr, variables: dict[str, Any]) -> Any:
        """Return a value that is the same number, text or None at every bar."""
        value = self.value(node, variables)
        if is_scalar(value) or type(value) in (str, bool) or value is None:
            return value
        raise OpaqueError

    def _named(self, name: str, variables: dict[str, Any]) -> Any:
        if name == self.body.owner:
            return self.strategy
        if name in self.body.local:
            if name in variables:
                return variables[name]
            raise OpaqueError
        if name in self.body.changing:
            raise OpaqueError
        scope = self.body.scope
        if name in scope:
            return _of_user(scope[name])
        builtins = scope.get("__builtins__")
        found = builtins.get(name) if isinstance(builtins, dict) else getattr(builtins, name, None)
        if found is not None and found is _BUILTINS.get(name):
            return found
        raise OpaqueError

    def _attribute(self, base: Any, name: str) -> Any:
        if base is self.strategy:
            return self._own(name)
        if name in self.body.changing:
            raise OpaqueError
        if type(base) is Position:
            if name in _NUMBERS_OF_POSITION:
                return NUMBER
            if name in _FACTS_OF_POSITION:
                return OBJECT
        elif type(base) in (BarSeries, Data):
            if name in ("open", "high", "low", "close", "volume"):
                return getattr(base, name)
        elif isinstance(base, tuple):
            fields = getattr(type(base), "_fields", ())
            if name in fields:
                return _of_user(base[fields.index(name)])
        else:
            member = _member(base, name)
            if id(member) in _CROSSINGS or (member is not None and type(member) is type(base)):
                return member
        raise OpaqueError

    def _own(self, name: str) -> Any:
        """Return an attribute of the strategy that nothing changes while bars pass."""
        if name in self.body.changing:
            raise OpaqueError
        kept = vars(self.strategy)
        declared = next((vars(base)[name] for base in type(self.strategy).__mro__
                         if name in vars(base)), None)  # fmt: skip
        if name in kept:
            if hasattr(type(declared), "__set__"):
                raise OpaqueError
            return _of_user(kept[name])
        if declared is getattr(Strategy, name, self):
            if name in _NUMBERS_OF_ACCOUNT:
                return NUMBER
            if name in _LISTS_OF_ACCOUNT:
                return _LIST
        if is_scalar(declared) or type(declared) is bool:
            return declared
        raise OpaqueError

    def _item(self, base: Any, index: Any) -> Any:
        if type(base) is Series and type(index) is int and index < 0:
            return self.newest(base, -index)
        if type(base) is Data and type(index) is str and index in self.runtime.market.index:
            return self.runtime.data_of(index)
        if isinstance(base, tuple) and type(index) is int and -len(base) <= index < len(base):
            return _of_user(tuple.__getitem__(base, index))
        raise OpaqueError

    def newest(self, series: Series, back: int) -> Any:
        """Return ``series[-back]`` at every bar; unknown for series on another clock."""
        values = series._values_
        if series._clock_ is not self.runtime.clock or len(values) != self.count:
            return NUMBER
        if values.dtype != np.float64 or back > self.count:
            raise OpaqueError
        if back == 1:
            return values
        key = (id(series), back)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = np.empty(self.count)
            row[: back - 1] = np.nan
            row[back - 1 :] = values[: self.count - back + 1]
        return row

    # Operations

    def _number(self, value: Any) -> Any:
        return self.newest(value, 1) if type(value) is Series else value

    def _negative(self, value: Any) -> Any:
        value = self._number(value)
        if not is_numeric(value):
            raise OpaqueError
        return value if value is NUMBER else -value

    def _arithmetic(self, function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
        left, right = self._number(left), self._number(right)
        if function is operator.truediv:
            if isinstance(right, Unknown) or (is_scalar(right) and right == 0):
                raise OpaqueError
            if type(right) is np.ndarray:
                zero = right == 0.0
                self.danger = zero if self.danger is None else self.danger | zero
        return arithmetic(function, left, right)

    def _compare(self, node: ast.Compare, variables: dict[str, Any]) -> Truth | bool:
        operands = [self.value(each, variables) for each in (node.left, *node.comparators)]
        result: Truth | bool | None = None
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            found = self._compared_pair(type(op), left, right)
            if result is None or result is True:
                result = found
            elif result is not False:
                if isinstance(found, bool):
                    found = self._everywhere(found)
                assert isinstance(result, Truth)  # noqa: S101 - no bool is left
                result = result & found
        assert result is not None  # noqa: S101 - a comparison has at least two sides
        return result

    def _compared_pair(self, op: type[ast.cmpop], left: Any, right: Any) -> Truth | bool:
        if op in (ast.Is, ast.IsNot):
            for value in (left, right):
                if not (value is None or is_scalar(value) or type(value) is Series):
                    raise OpaqueError
            if left is not None and right is not None:
                raise OpaqueError
            return (left is right) is (op is ast.Is)
        if op not in _COMPARISONS:
            raise OpaqueError
        if type(left) is Series or type(right) is Series:
            if op in (ast.Eq, ast.NotEq):  # of objects: series do not compare as equal
                raise OpaqueError
            left, right = self._number(left), self._number(right)
        if not (is_numeric(left) and is_numeric(right)):
            raise OpaqueError
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return self.truth_of(OBJECT)
        found = _COMPARISONS[op](left, right)
        return found if isinstance(found, bool) else _known(found)

    def _call(self, function: Any, arguments: list[Any]) -> Any:
        if id(function) in _CROSSINGS and len(arguments) == 2:
            low, high = arguments
            if function is ta.crossunder:
                low, high = high, low
            found = self._crossing(low, high)
            return found if function is not ta.cross else found | self._crossing(high, low)
        if (function is min or function is max) and len(arguments) == 2:
            return self._extreme(function, *arguments)
        if len(arguments) == 1:
            (argument,) = arguments
            if function is len and argument is _LIST:
                return NUMBER
            if function is len and type(argument) is Data:
                return self._bars_known(argument)
            if function is abs:
                value = self._number(argument)
                if is_numeric(value):
                    return value if isinstance(value, Unknown) else abs(value)
        raise OpaqueError

    def _bars_known(self, data: Data) -> Any:
        if data._clock_ is not self.runtime.clock:
            return NUMBER
        return np.arange(1.0, self.count + 1)

    def _extreme(self, function: Any, first: Any, second: Any) -> Any:
        """Return what ``min`` and ``max`` give: the first, unless the second is beyond it."""
        if not (is_numeric(first) and is_numeric(second)):
            raise OpaqueError
        if isinstance(first, Unknown) or isinstance(second, Unknown):
            return NUMBER
        if is_scalar(first) and is_scalar(second):
            return function(first, second)
        beyond = second < first if function is min else second > first
        return np.where(beyond, second, first).astype(np.float64, copy=False)

    def _crossing(self, low: Any, high: Any) -> Truth:
        """Return where one line crosses above the other, as ``ta.crossover`` does in ``on_bar``."""
        if type(low) is not Series and type(high) is not Series:
            raise OpaqueError
        for line in (low, high):
            if not (type(line) is Series or is_scalar(line)):
                raise OpaqueError
        lows, highs = self._number(low), self._number(high)
        if isinstance(lows, Unknown) or isinstance(highs, Unknown):
            truth = self.truth_of(OBJECT)
            assert isinstance(truth, Truth)  # noqa: S101 - of an unknown
            return truth
        crossed = np.empty(self.count, dtype=np.bool_)
        crossed[:1] = False
        np.logical_and(self._above(highs, lows)[:-1], self._above(lows, highs)[1:], out=crossed[1:])
        return _known(crossed)

    def _above(self, left: Any, right: Any) -> Bools:
        """Return ``left > right``; two crossings of the same lines ask for it twice."""
        key = (id(left), id(right))
        above = self._compared.get(key)
        if above is None:
            self._kept += (left, right)
            above = self._compared[key] = left > right
        return above


def _member(base: Any, name: str) -> Any:
    """Return what a module or its facade holds, without running code of anybody's."""
    try:
        return object.__getattribute__(base, "__dict__").get(name)
    except (AttributeError, TypeError):
        return None


def _of_user(value: Any) -> Any:
    """Return what user code keeps, but for arrays: here they stand for a value at every bar."""
    if isinstance(value, np.ndarray):
        raise OpaqueError
    return value


def _known(where: Bools) -> Truth:
    return Truth(where, ~where, is_exact=True)


def _is_condition(node: ast.expr) -> bool:
    """Tell whether an expression is a bool, whatever its parts are."""
    if isinstance(node, ast.BoolOp):  # gives one of its parts
        return all(map(_is_condition, node.values))
    return isinstance(node, ast.Compare) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )
