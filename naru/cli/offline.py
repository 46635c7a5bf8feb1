"""The offline run: files in, result out, by the same sandbox, replay and metrics as hosted runs."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.types import (
    Execution,
    Limits,
    LogLine,
    Problem,
    Verdict,
)
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.metrics import compute
from naru.params import check_params
from naru.result import Inputs, build_result, data_sha256
from naru.settling import settle
from shared.bar_files import BarFile, BarFileError, read_bars


class StrategyFailedError(Exception):
    """The strategy was refused, or ended badly.

    problems  where and why
    logs      what it had said by then
    """

    def __init__(
        self, verdict: Verdict, problems: Sequence[Problem], logs: Sequence[LogLine] = ()
    ) -> None:
        super().__init__(verdict)
        self.verdict = verdict
        self.problems = tuple(problems)
        self.logs = tuple(logs)


class DataRefusedError(Exception):
    """A file of bars cannot be used; the text names the file and each problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineRun:
    """What to run.

    data     files of bars, one per symbol
    symbols  their names, in order; files beyond these tell their own
    params   as typed: texts are read as what the parameter is
    zone     of the session's hours; "": UTC, or the offsets that the options have
    confidence_samples   how often the run is resampled for bounds of its metrics; 0: not
    """

    source: str
    data: Sequence[Path]
    symbols: Sequence[str]
    params: Mapping[str, str]
    config: RunConfig
    limits: Limits
    zone: str = ""
    confidence_samples: int = 0

    def result(self, host: SandboxHost) -> tuple[dict[str, Any], list[Bars]]:
        """Run; return the result as ``naru.result`` builds it, and the bars it is about.

        Raises DataRefusedError, ParamError, ConfigError, StrategyFailedError,
        SandboxUnavailableError, and OrderLogError or ReconciliationError for a strategy that
        tampers with the engine.
        """
        began = time.perf_counter()
        files = self._read()
        bars = [each.bars for each in files]
        config = self._config(bars)
        loaded_at = time.perf_counter()
        inputs, execution = self._execute(host, bars, config)
        ran_at = time.perf_counter()
        outcome = settle(bars, execution.orders, execution.claim, config)
        replayed_at = time.perf_counter()
        metrics = compute(outcome, bars, config)
        result = build_result(
            inputs,
            outcome,
            execution.orders,
            metrics=metrics,
            logs=execution.logs,
            plots=execution.plots,
            confidence_samples=self.confidence_samples,
        )
        result["logs_dropped_count"] = execution.logs_dropped_count
        result["plots_dropped_count"] = execution.plots_dropped_count
        result["repeated_row_count"] = sum(each.report.repeated_rows for each in files)
        result["timings"] = {
            "load_s": loaded_at - began,
            **_sandbox_timings(execution, ran_at - loaded_at),
            "replay_s": replayed_at - ran_at,
            "metrics_s": time.perf_counter() - replayed_at,
            "total_s": time.perf_counter() - began,
        }
        return result, bars

    def _config(self, bars: list[Bars]) -> RunConfig:
        if not self.zone:  # few runs have one, and all would wait for the files of zones
            return self.config
        ends = [int(ts) for each in bars for ts in each.ts[[0, -1]]]
        zones = import_module("shared.session_zone")
        config: RunConfig = zones.in_zone(self.config, self.zone, min(ends), max(ends))
        return config

    def _execute(
        self, host: SandboxHost, bars: list[Bars], config: RunConfig
    ) -> tuple[Inputs, Execution]:
        """Check and run; meanwhile, as the sandbox is other processes, copy and hash the bars."""
        with PackedBars(bars) as packed, ThreadPoolExecutor(1) as beside:
            beside.submit(packed.lay)
            hashing = beside.submit(data_sha256, bars)
            checked = host.check(self.source)
            if not checked.ok:
                raise StrategyFailedError(Verdict.REJECTED, checked.problems)
            params = check_params(checked.params_schema or {"properties": {}}, self.params)
            execution = host.run(self.source, packed, config, params, self.limits)
        if execution.verdict is not Verdict.OK:
            problems = [execution.problem] if execution.problem else []
            raise StrategyFailedError(execution.verdict, problems, execution.logs)
        strategy = checked.strategy
        inputs = Inputs(
            strategy={
                "name": strategy.name if strategy else "",
                "style": strategy.style if strategy else "",
                "doc": strategy.doc if strategy else "",
            },
            code_sha256=sha256(self.source.encode()).hexdigest(),
            bars=bars,
            config=config,
            params=params,
            data_sha256=hashing.result(),
        )
        return inputs, execution

    def _read(self) -> list[BarFile]:
        if len(self.symbols) > len(self.data):
            raise DataRefusedError(
                f"--symbol is given {len(self.symbols)} times and --data {len(self.data)}: one "
                "symbol for each file, in order"
            )
        names: list[str | None] = [*self.symbols, *[None] * len(self.data)]
        known: dict[tuple[str, str], Path] = {}
        found = []
        for path, name in zip(self.data, names, strict=False):
            try:
                file = read_bars(path, name)
            except BarFileError as error:
                told = [f"{path}: {problem.message}" for problem in error.problems]
                raise DataRefusedError("\n".join(told)) from error
            bars = file.bars
            series = (bars.symbol, bars.timeframe)
            if series in known:
                raise DataRefusedError(
                    f"{path}: holds {bars.symbol} at {bars.timeframe}, as {known[series]} does;"
                    " name the files' symbols with --symbol"
                )
            known[series] = path
            found.append(file)
        return found


def _sandbox_timings(execution: Execution, elapsed_s: float) -> dict[str, float]:
    """Return what the sandbox measured; its processes' starts and ends count as compiling."""
    run_s = execution.timings.get("run_s", 0.0)
    return {"compile_s": elapsed_s - run_s, "run_s": run_s}
