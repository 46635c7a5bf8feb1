"""Backtests as things to wait for and to read."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Literal

from naru_client import models
from naru_client.errors import ConnectionFailedError, StreamError, WaitTimeoutError
from naru_client.live import Gap, News
from naru_client.pages import AsyncPages, Pages
from naru_client.resources.backtests import AsyncBacktests as AsyncBacktestOperations
from naru_client.resources.backtests import Backtests as BacktestOperations
from naru_client.stream import AsyncStream, Stream

OnBacktest = Callable[[models.Backtest], None]
ENDED = {"finished", "failed", "cancelled"}
_CHANNEL = ["jobs"]
_POLLED_EVERY_S = 2.0


def _concerns(news: News, backtest_id: str) -> bool:
    return isinstance(news, Gap) or news.data.get("id") == backtest_id


def _progressed(backtest: models.Backtest, news: News) -> models.Backtest:
    """Return the backtest as the message tells it."""
    if isinstance(news, Gap):
        return backtest
    told = {name: news.data[name] for name in ("status", "progress") if name in news.data}
    return backtest.model_copy(update=told)


class BacktestRun:
    """One backtest on the platform.

    latest   what was known of it last
    """

    def __init__(self, operations: "Backtests", latest: models.Backtest) -> None:
        self._operations = operations
        self.latest = latest

    def __repr__(self) -> str:
        """Tell id and status."""
        return f"<BacktestRun {self.id} {self.latest.status}>"

    @property
    def id(self) -> str:
        """The backtest's id."""
        return self.latest.id

    @property
    def metrics(self) -> dict[str, Any]:
        """The figures of a finished run."""
        return self.latest.metrics or {}

    def refresh(self) -> models.Backtest:
        """Read it again."""
        self.latest = self._operations.get(self.id)
        return self.latest

    def wait(
        self, timeout_s: float | None = None, on_progress: OnBacktest | None = None
    ) -> "BacktestRun":
        """Return when it has ended, however it ended: look at ``latest.status``.

        Raises WaitTimeoutError.
        """
        ends_at = None if timeout_s is None else time.monotonic() + timeout_s
        tell = on_progress or (lambda backtest: None)
        try:
            with self._operations.stream() as stream:
                self._follow(stream, ends_at, tell)
        except (StreamError, ConnectionFailedError):
            self._poll(ends_at, tell)
        return self

    def cancel(self) -> models.Backtest:
        """Stop it; one that has ended stays as it is."""
        self.latest = self._operations.cancel(self.id)
        return self.latest

    def trades(self) -> Pages[models.Trade]:
        """Iterate over its trades."""
        return self._operations.list_trades(self.id, page_size=200)

    def orders(self) -> Pages[models.Order]:
        """Iterate over its orders."""
        return self._operations.list_orders(self.id, page_size=200)

    def logs(self) -> Pages[models.LogLine]:
        """Iterate over what the strategy said."""
        return self._operations.list_logs(self.id, page_size=200)

    def equity(self, points: int | None = None) -> models.Equity:
        """Return its equity curve, thinned."""
        return self._operations.get_equity(self.id, points=points)

    def report(self, language: Literal["en", "ko"] | None = None) -> str:
        """Return it as an HTML page."""
        return self._operations.get_report(self.id, language=language)

    def receipt(self) -> models.Receipt:
        """Return what it takes to repeat it."""
        return self._operations.get_receipt(self.id)

    def _follow(self, stream: Stream, ends_at: float | None, tell: OnBacktest) -> None:
        tell(self.refresh())
        if self.latest.status in ENDED:
            return
        for news in stream:
            _check_time(self.id, ends_at)
            if not _concerns(news, self.id):
                continue
            self.latest = _progressed(self.latest, news)
            if self.latest.status in ENDED or isinstance(news, Gap):
                self.refresh()
            tell(self.latest)
            if self.latest.status in ENDED:
                return

    def _poll(self, ends_at: float | None, tell: OnBacktest) -> None:
        while True:
            tell(self.refresh())
            if self.latest.status in ENDED:
                return
            _check_time(self.id, ends_at)
            self._operations.sleep(_POLLED_EVERY_S)


def _check_time(backtest_id: str, ends_at: float | None) -> None:
    if ends_at is not None and time.monotonic() > ends_at:
        raise WaitTimeoutError(f"{backtest_id} has not ended yet")


class Backtests(BacktestOperations):
    """Operations below ``/backtests``, and runs to wait for."""

    def run(self, **asked: Any) -> BacktestRun:
        """Queue a backtest; takes what :meth:`create` takes."""
        return BacktestRun(self, self.create(**asked))

    def open(self, backtest_id: str) -> BacktestRun:
        """Return a backtest that was queued before."""
        return BacktestRun(self, self.get(backtest_id))

    def stream(self) -> Stream:
        """Return the stream that tells of jobs."""
        return Stream(self._transport, _CHANNEL)

    def sleep(self, seconds: float) -> None:
        """Wait as the transport does."""
        self._transport.sleep(seconds)


class AsyncBacktestRun:
    """One backtest on the platform.

    latest   what was known of it last
    """

    def __init__(self, operations: "AsyncBacktests", latest: models.Backtest) -> None:
        self._operations = operations
        self.latest = latest

    def __repr__(self) -> str:
        """Tell id and status."""
        return f"<AsyncBacktestRun {self.id} {self.latest.status}>"

    @property
    def id(self) -> str:
        """The backtest's id."""
        return self.latest.id

    @property
    def metrics(self) -> dict[str, Any]:
        """The figures of a finished run."""
        return self.latest.metrics or {}

    async def refresh(self) -> models.Backtest:
        """Read it again."""
        self.latest = await self._operations.get(self.id)
        return self.latest

    async def wait(
        self, timeout_s: float | None = None, on_progress: OnBacktest | None = None
    ) -> "AsyncBacktestRun":
        """Return when it has ended, however it ended: look at ``latest.status``.

        Raises WaitTimeoutError.
        """
        tell = on_progress or (lambda backtest: None)
        try:
            async with asyncio.timeout(timeout_s):
                try:
                    async with self._operations.stream() as stream:
                        await self._follow(stream, tell)
                except (StreamError, ConnectionFailedError):
                    await self._poll(tell)
        except TimeoutError as error:
            raise WaitTimeoutError(f"{self.id} has not ended yet") from error
        return self

    async def cancel(self) -> models.Backtest:
        """Stop it; one that has ended stays as it is."""
        self.latest = await self._operations.cancel(self.id)
        return self.latest

    def trades(self) -> AsyncPages[models.Trade]:
        """Iterate over its trades."""
        return self._operations.list_trades(self.id, page_size=200)

    def orders(self) -> AsyncPages[models.Order]:
        """Iterate over its orders."""
        return self._operations.list_orders(self.id, page_size=200)

    def logs(self) -> AsyncPages[models.LogLine]:
        """Iterate over what the strategy said."""
        return self._operations.list_logs(self.id, page_size=200)

    async def equity(self, points: int | None = None) -> models.Equity:
        """Return its equity curve, thinned."""
        return await self._operations.get_equity(self.id, points=points)

    async def report(self, language: Literal["en", "ko"] | None = None) -> str:
        """Return it as an HTML page."""
        return await self._operations.get_report(self.id, language=language)

    async def receipt(self) -> models.Receipt:
        """Return what it takes to repeat it."""
        return await self._operations.get_receipt(self.id)

    async def _follow(self, stream: AsyncStream, tell: OnBacktest) -> None:
        tell(await self.refresh())
        if self.latest.status in ENDED:
            return
        async for news in stream:
            if not _concerns(news, self.id):
                continue
            self.latest = _progressed(self.latest, news)
            if self.latest.status in ENDED or isinstance(news, Gap):
                await self.refresh()
            tell(self.latest)
            if self.latest.status in ENDED:
                return

    async def _poll(self, tell: OnBacktest) -> None:
        while True:
            tell(await self.refresh())
            if self.latest.status in ENDED:
                return
            await asyncio.sleep(_POLLED_EVERY_S)


class AsyncBacktests(AsyncBacktestOperations):
    """Operations below ``/backtests``, and runs to wait for."""

    async def run(self, **asked: Any) -> AsyncBacktestRun:
        """Queue a backtest; takes what :meth:`create` takes."""
        return AsyncBacktestRun(self, await self.create(**asked))

    async def open(self, backtest_id: str) -> AsyncBacktestRun:
        """Return a backtest that was queued before."""
        return AsyncBacktestRun(self, await self.get(backtest_id))

    def stream(self) -> AsyncStream:
        """Return the stream that tells of jobs."""
        return AsyncStream(self._transport, _CHANNEL)
