"""Walking through the statements of ``on_bar``: where it may act, and what it asks for there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from naru.engine.compiled.guards import Guards
from naru.engine.compiled.orders import Wish, log_of, wish
from naru.engine.compiled.source import body_of
from naru.engine.compiled.values import Bools, OpaqueError, Truth
from naru.engine.market import Ints
from naru.engine.runtime import Runtime
from naru.engine.shortlog import MOST_SORTS, ShortLog
from naru.strategy import Strategy

_DENSE = 0.5  # candidates of all bars, from which on skipping the others is not worth it
_HOOKS = ("on_start", "on_fill", "on_order", "on_stop")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of an ``on_bar`` before it has been called.

    candidates  the steps at which it may do something, in order; at all others it does nothing
    orders      instead of them, all that the run asks for: it needs no calls
    """

    candidates: Ints | None
    orders: ShortLog | None


def plan(strategy: Strategy, runtime: Runtime, start: int) -> Plan | None:
    """Return what can be known; None where ``on_bar`` must be called at every bar.

    start  the first step on which the strategy may act
    """
    kind = type(strategy)
    if (
        "on_bar" in vars(strategy)
        or kind.__getattribute__ is not object.__getattribute__
        or runtime.steppers
    ):
        return None
    body = body_of(kind.on_bar)
    if body is None:
        return None
    guards = Guards(body, strategy, runtime)
    walk = _Walk(guards)
    walk.block(body.statements, np.ones(guards.count, dtype=np.bool_), {})
    acts = walk.acts if guards.danger is None else walk.acts | guards.danger
    start = min(start, guards.count)
    if np.count_nonzero(acts[start:]) > _DENSE * guards.count:
        return None
    silent = all(getattr(kind, hook) is getattr(Strategy, hook) for hook in _HOOKS)
    is_whole = (
        silent
        and walk.is_exact
        and len(walk.wishes) <= MOST_SORTS
        and not runtime.timers
        and (guards.danger is None or not guards.danger[start:].any())
    )
    if is_whole:
        return Plan(None, log_of(walk.wishes, start))
    return Plan(np.flatnonzero(acts[start:]) + start, None)


class _Walk:
    """One walk through a body.

    acts      where it may do more than look
    wishes    the orders found, in the order of the source
    is_exact  whether the wishes are all that it does, and where they are is known
    """

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self.acts: Bools = np.zeros(guards.count, dtype=np.bool_)
        self.wishes: list[Wish] = []
        self.is_exact = True

    def block(self, body: list[ast.stmt], reach: Bools, variables: dict[str, Any]) -> Bools | None:
        """Walk through statements that are reached where ``reach`` says.

        Returns where their end may be reached; None for nowhere. What is not understood, and all
        that follows it, Python runs wherever it is reached: nothing more need be known of it.
        """
        for statement in body:
            try:
                after = self._statement(statement, reach, variables)
            except OpaqueError:
                self.acts |= reach
                self.is_exact = False
                return None
            if after is None:
                return None
            reach = after
        return reach

    def _statement(
        self, statement: ast.stmt, reach: Bools, variables: dict[str, Any]
    ) -> Bools | None:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return reach
            case ast.Return(value=None):
                return None
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                variables[name] = self.guards.value(value, variables)
                return reach
            case ast.If():
                return self._branch(statement, reach, variables)
            case ast.Expr(value=ast.Call() as call):
                found = wish(call, self.guards, variables, reach)
                self.wishes.append(found)
                self.acts |= reach
                return reach
        raise OpaqueError

    def _branch(self, node: ast.If, reach: Bools, variables: dict[str, Any]) -> Bools | None:
        truth = self.guards.truth(node.test, variables)
        if isinstance(truth, bool):
            return self.block(node.body if truth else node.orelse, reach, variables)
        if self.is_exact and not truth.is_exact:
            self.is_exact = not (truth.true & truth.false & reach).any()
        ends = []
        scopes = []
        for body, where in ((node.body, truth.true), (node.orelse, truth.false)):
            scope = dict(variables)
            end = self.block(body, reach & where, scope)
            if end is not None:
                ends.append(end)
                scopes.append(scope)
        if not ends:
            return None
        _keep_common(variables, scopes)
        return ends[0] if len(ends) == 1 else ends[0] | ends[1]


def _keep_common(variables: dict[str, Any], scopes: list[dict[str, Any]]) -> None:
    """Keep the variables that are the same whichever way was taken; others are not known."""
    first = scopes[0]
    same = {
        name: value
        for name, value in first.items()
        if all(scope.get(name, Truth) is value for scope in scopes[1:])
    }
    variables.clear()
    variables.update(same)
