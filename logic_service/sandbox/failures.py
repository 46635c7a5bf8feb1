"""What an exception in the child means for the author: a verdict, a message, a place, a hint."""

from __future__ import annotations

import types
from itertools import islice
from operator import attrgetter

from logic_service.sandbox.advice import advise
from logic_service.sandbox.policy.names import STRATEGY_FILE
from logic_service.sandbox.types import Problem, Verdict
from naru.engine.compiled.source import SOURCE
from naru.errors import ConfigError, ParamError, StrategyDefinitionError
from naru.strategy import Strategy

_now = attrgetter("_run_.now")


def explain(error: BaseException) -> tuple[Verdict, Problem]:
    """Return the verdict and the problem for what ended the run."""
    trace = _innermost(error.__traceback__)
    line = None if trace is None else trace.tb_lineno
    if isinstance(error, MemoryError):
        message = "The strategy used more memory than it may."
        return Verdict.OUT_OF_MEMORY, Problem("out-of-memory", message, line)
    column = None if trace is None else _column(trace)
    if isinstance(error, StrategyDefinitionError):
        return Verdict.REJECTED, Problem("strategy-invalid", str(error), line, column)
    if isinstance(error, ParamError | ConfigError):
        code = "param-invalid" if isinstance(error, ParamError) else "config-invalid"
        return Verdict.REJECTED, Problem(code, str(error), line, column)
    if isinstance(error, RecursionError):
        message = "RecursionError: the functions call each other too deeply."
        return Verdict.CRASHED, Problem("exception", message, line, column)
    hint = advise(error, None if trace is None else trace.tb_frame)
    message = _describe(error) + _when(error.__traceback__)
    return Verdict.CRASHED, Problem("exception", message, line, column, hint)


def _innermost(trace: types.TracebackType | None) -> types.TracebackType | None:
    """Return the innermost place of the strategy's own source in a traceback."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == STRATEGY_FILE:
            found = trace
        trace = trace.tb_next
    return found


def _column(trace: types.TracebackType) -> int | None:
    """Return the 1-based column, in characters, of what was being executed."""
    positions = islice(trace.tb_frame.f_code.co_positions(), trace.tb_lasti // 2, None)
    line, _, offset, _ = next(positions, (None, None, None, None))
    text = trace.tb_frame.f_globals.get(SOURCE)
    if line != trace.tb_lineno or offset is None or type(text) is not str:
        return None
    lines = text.split("\n")
    before = lines[line - 1].encode()[:offset] if 0 < line <= len(lines) else b""
    return len(before.decode("utf-8", "ignore")) + 1


def line_in(frame: types.FrameType | None) -> int | None:
    """Return the line the strategy is executing, seen from any frame below it."""
    while frame is not None:
        if frame.f_code.co_filename == STRATEGY_FILE:
            return frame.f_lineno
        frame = frame.f_back
    return None


def _when(trace: types.TracebackType | None) -> str:
    """Say at which bar it happened, where a method of the strategy was called at one."""
    try:
        while trace is not None:
            owner = trace.tb_frame.f_locals.get("self")
            if trace.tb_frame.f_code.co_filename == STRATEGY_FILE and isinstance(owner, Strategy):
                return f", at the bar of {_now(owner):%Y-%m-%dT%H:%M:%SZ}"
            trace = trace.tb_next
    except BaseException:  # before the first bar, or an object that does not want to be looked at
        return ""
    return ""


def _describe(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:  # a user's exception may raise anything when it is asked for its text
        return name
    return f"{name}: {text}" if text else name
