"""Check a wish for a backtest against what exists, then store and queue it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import get_contextvars

from auth_service.contract.plans import Plan
from logic_service.contract.executions import ExecutionLimits
from logic_service.contract.versions import Version
from naru.engine.config import ConfigError, RunConfig
from naru.params import ParamError, check_params
from shared.clock import utc_now
from shared.errors import FieldProblem, InvalidInputError, NotFoundError, PlatformError
from shared.identity import Principal
from shared.ids import new_id
from shared.session_zone import in_zone, split_zone
from shared.tracing import traceparent
from trading_service.backtests.service import BacktestService
from trading_service.backtests.usage import reserve_run, settle_run
from trading_service.contract.backtests import BacktestCreate
from trading_service.deps import TradingDeps
from trading_service.models import BacktestRow


@dataclass(frozen=True, slots=True)
class BacktestCreation:
    """The use case behind ``POST /backtests``."""

    deps: TradingDeps

    async def create(self, principal: Principal, asked: BacktestCreate) -> BacktestRow:
        """Queue the backtest.

        Raises InvalidInputError, naming the field that does not fit, and QuotaExceededError when
        the plan's queue is full or the day's processor time is spent.
        """
        version = await self._version(principal, asked)
        config, zone = _read_config(asked)
        params = _read_params(asked, version)
        first = await self._first_bar(principal, asked)
        if zone:
            config = _in_zone(config, zone, first, min(asked.end or utc_now(), utc_now()))
        workspace_id = principal.require_workspace()
        plan = await self.deps.auth.allowances(workspace_id)
        limits = self._limits(plan)
        row = BacktestRow(
            id=new_id(),
            workspace_id=workspace_id,
            strategy_id=version.strategy_id,
            strategy_name=version.strategy_name,
            version_id=version.id,
            version_number=version.number,
            code_sha256=version.sha256,
            symbols=asked.symbols,
            timeframe=asked.timeframe,
            start=asked.start,
            end=asked.end,
            params=params,
            config=config.to_dict(),
            confidence_samples=asked.confidence_samples,
            limits=limits.model_dump(),
            request_id=get_contextvars().get("request_id"),
            traceparent=traceparent(),
        )
        await reserve_run(self.deps.auth, workspace_id, row.id, limits)
        row = await self._store(row, plan)
        await self.deps.progress.tell(row)
        return row

    def _limits(self, plan: Plan) -> ExecutionLimits:
        limits = self.deps.settings.run_limits
        return limits.model_copy(update={"log_bytes": plan.log_bytes_per_run})

    async def _store(self, row: BacktestRow, plan: Plan) -> BacktestRow:
        try:
            async with self.deps.units_of_work(row.workspace_id) as work:
                return await BacktestService(work).create(row, plan)
        except (PlatformError, SQLAlchemyError):
            await settle_run(self.deps.auth, row.id, 0)
            raise

    async def _version(self, principal: Principal, asked: BacktestCreate) -> Version:
        try:
            return await self.deps.logic.get_version(principal, asked.version_id)
        except NotFoundError as error:
            raise InvalidInputError.at("/version_id", error.code, error.detail) from error

    async def _first_bar(self, principal: Principal, asked: BacktestCreate) -> datetime:
        """Return when the bars begin; symbols without any are refused now, not after a wait."""
        return min(
            await asyncio.gather(
                *(
                    self._first_bar_of(principal, asked, place, symbol)
                    for place, symbol in enumerate(asked.symbols)
                )
            )
        )

    async def _first_bar_of(
        self, principal: Principal, asked: BacktestCreate, place: int, symbol: str
    ) -> datetime:
        try:
            page = await self.deps.data.read_candles(
                principal,
                symbol,
                timeframe=asked.timeframe,
                start=asked.start,
                end=asked.end,
                limit=1,
            )
        except NotFoundError as error:
            raise InvalidInputError.at(f"/symbols/{place}", error.code, error.detail) from error
        if not page.items:
            raise InvalidInputError.at(
                f"/symbols/{place}",
                "bars-not-found",
                f"there are no bars of {symbol} in this range",
            )
        return page.items[0].ts


def _read_config(asked: BacktestCreate) -> tuple[RunConfig, str]:
    """Return the options, and the zone of the session's hours, "" without one."""
    options, zone = split_zone(asked.config)
    try:
        return RunConfig.from_dict(options), zone
    except ConfigError as error:
        raise _config_problem(error) from error


def _in_zone(config: RunConfig, zone: str, first: datetime, last: datetime) -> RunConfig:
    try:
        return in_zone(config, zone, *(int(ts.timestamp()) * 10**9 for ts in (first, last)))
    except ConfigError as error:
        raise _config_problem(error) from error


def _config_problem(error: ConfigError) -> InvalidInputError:
    return InvalidInputError.at(f"/config/{error.field}", "config-invalid", error.message)


def _read_params(asked: BacktestCreate, version: Version) -> dict[str, object]:
    try:
        return check_params(version.params_schema, asked.params)
    except ParamError as error:
        problem = FieldProblem(f"/params/{error.field}", "param-invalid", error.message)
        raise InvalidInputError(error.message, errors=[problem]) from error
