"""What an exception in the child means for the author: a verdict, a message, a line."""

from __future__ import annotations

import types

from logic_service.sandbox.policy.names import STRATEGY_FILE
from logic_service.sandbox.types import Problem, Verdict
from naru.errors import ConfigError, ParamError, StrategyDefinitionError


def explain(error: BaseException) -> tuple[Verdict, Problem]:
    """Return the verdict and the problem for what ended the run."""
    line = line_of(error.__traceback__)
    if isinstance(error, MemoryError):
        message = "The strategy used more memory than it may."
        return Verdict.OUT_OF_MEMORY, Problem("out-of-memory", message, line)
    if isinstance(error, StrategyDefinitionError):
        return Verdict.REJECTED, Problem("strategy-invalid", str(error), line)
    if isinstance(error, ParamError | ConfigError):
        code = "param-invalid" if isinstance(error, ParamError) else "config-invalid"
        return Verdict.REJECTED, Problem(code, str(error), line)
    if isinstance(error, RecursionError):
        message = "RecursionError: the functions call each other too deeply."
        return Verdict.CRASHED, Problem("exception", message, line)
    return Verdict.CRASHED, Problem("exception", _describe(error), line)


def line_of(trace: types.TracebackType | None) -> int | None:
    """Return the innermost line of the strategy's own source in a traceback."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == STRATEGY_FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def line_in(frame: types.FrameType | None) -> int | None:
    """Return the line the strategy is executing, seen from any frame below it."""
    while frame is not None:
        if frame.f_code.co_filename == STRATEGY_FILE:
            return frame.f_lineno
        frame = frame.f_back
    return None


def _describe(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # a user's exception may raise when it is asked for its text
        return name
    return f"{name}: {text}" if text else name
