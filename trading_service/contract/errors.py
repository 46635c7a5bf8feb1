"""Failures that callers of the trading service may meet."""

from shared.errors import ConflictError, NotFoundError


class BacktestNotFoundError(NotFoundError):
    code, title = "backtest-not-found", "No such backtest"


class BacktestNotFinishedError(ConflictError):
    code, title = "backtest-not-finished", "The backtest has no results yet"


class BacktestHasNoResultsError(ConflictError):
    code, title = "backtest-has-no-results", "The backtest ended without results"


class BacktestStillActiveError(ConflictError):
    code, title = "backtest-still-active", "The backtest is queued or running: cancel it first"
