"""Orders of an ``on_bar`` that say the same at every bar, as rows of the order log."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from naru.account import Position
from naru.engine import requests
from naru.engine.compiled.guards import Guards
from naru.engine.compiled.values import Bools, OpaqueError
from naru.engine.market import Ints
from naru.engine.orderlog import Mode
from naru.engine.shortlog import Asked, ShortLog, Sort
from naru.errors import OrderArgumentError
from naru.strategy import Strategy

_LARGEST_FRACTION = 1000.0
_NO_STEPS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Wish:
    """A market order without links or prices: what it asks, and at which bars."""

    mode: int
    side: int
    size: float
    symbol: int
    tag: str
    where: Bools


def wish(node: ast.Call, guards: Guards, variables: dict[str, Any], where: Bools) -> Wish:
    """Return what a call of ``buy``, ``sell``, ``target`` or ``position.close`` asks for.

    Raises OpaqueError for any other call, and for one that a strategy would be refused.
    """
    match node.func:
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner == guards.body.owner:
            if not _is_kit_s(guards, name):
                raise OpaqueError
        case ast.Attribute(value=base, attr="close"):
            if type(guards.value(base, variables)) is not Position:
                raise OpaqueError
            name = "close"
        case _:
            raise OpaqueError
    given: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise OpaqueError
        given[keyword.arg] = guards.constant(keyword.value, variables)
    if node.args:
        first = {"buy": "size", "sell": "size", "close": "portion"}.get(name)
        if first is None or first in given or len(node.args) > 1:
            raise OpaqueError
        given[first] = guards.constant(node.args[0], variables)
    symbol = _symbol(given.pop("symbol", None), guards)
    try:
        tag = requests.tag(given.pop("tag", ""))
        if name == "close":
            position = guards.value(node.func.value, variables)
            return Wish(*_closing(**given), position._index_, tag, where)
        mode, side, size = (_target if name == "target" else _trade)(name, **given)
    except (OrderArgumentError, TypeError) as error:
        raise OpaqueError from error
    return Wish(mode, side, size, symbol, tag, where)


def _is_kit_s(guards: Guards, name: str) -> bool:
    """Tell whether a method is the kit's own, and stays so."""
    strategy = guards.strategy
    return (
        name in ("buy", "sell", "target")
        and name not in guards.body.changing
        and name not in vars(strategy)
        and getattr(type(strategy), name) is getattr(Strategy, name)
    )


def _symbol(symbol: Any, guards: Guards) -> int:
    if symbol is None:
        return 0
    place = guards.runtime.market.index.get(symbol) if type(symbol) is str else None
    if place is None:
        raise OpaqueError
    return place


def _trade(
    name: str, *, size: Any = None, value: Any = None, percent: Any = None
) -> tuple[int, int, float]:
    mode, amount = requests.sizing(size, value, percent, None, None)
    return mode, 1 if name == "buy" else -1, amount


def _target(_: str, *, percent: Any = None, size: Any = None) -> tuple[int, int, float]:
    if (percent is None) == (size is None):
        raise OpaqueError
    if percent is None:
        return Mode.TARGET_UNITS, 0, requests.number("size", size)
    amount = requests.number("percent", percent)
    if abs(amount) > _LARGEST_FRACTION:
        raise OpaqueError
    return Mode.TARGET_PERCENT, 0, amount


def _closing(portion: Any = 1.0) -> tuple[int, int, float]:
    size = requests.positive("portion", portion)
    if size > 1:
        raise OpaqueError
    return Mode.CLOSE, 0, size


def log_of(wishes: Sequence[Wish], start: int) -> ShortLog:
    """Return the log of wishes, given in the order in which ``on_bar`` says them."""
    said = [(each, each.where[start:].nonzero()[0] + start) for each in wishes]
    said = [(each, rows) for each, rows in said if len(rows)]
    tags = _tags(said)
    sorts = tuple(Sort(each.mode, each.side, tags.index(each.tag)) for each, _ in said)
    which = np.arange(len(said), dtype=np.uint16).repeat([len(rows) for _, rows in said])
    steps = np.concatenate([_NO_STEPS, *(rows for _, rows in said)])
    if len(said) > 1:
        order = steps.argsort(kind="stable")
        steps, which = steps.take(order), which.take(order)
    symbols = np.array([each.symbol for each, _ in said], dtype=np.int64).take(which)
    sizes = np.array([each.size for each, _ in said]).take(which)
    return ShortLog(start, Asked(steps, symbols, sizes), sorts, which, tags)


def _tags(said: Sequence[tuple[Wish, Ints]]) -> tuple[str, ...]:
    """Return the tags in the order in which they are first used, after the empty one."""
    by_first_use = sorted(said, key=lambda each: int(each[1][0]))
    return tuple(dict.fromkeys(["", *(each.tag for each, _ in by_first_use)]))
