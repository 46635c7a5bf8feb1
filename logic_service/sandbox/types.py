"""What goes into a sandboxed run and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Verdict(StrEnum):
    """How a run ended. Every run ends in exactly one of these."""

    OK = "ok"
    REJECTED = "rejected"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    cpu_s         CPU seconds, user and system together
    wall_s        seconds from the request on
    memory_bytes  memory beyond the interpreter and the bars
    output_bytes  all bytes the child may send: orders, logs, plots, state
    log_bytes     log text that is kept; later lines are counted and dropped
    plot_count    plotted points that are kept; later ones are counted and dropped
    state_bytes   the saved ``self.state`` as JSON
    """

    cpu_s: float = 20.0
    wall_s: float = 20.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 16 << 20
    log_bytes: int = 64 << 10
    plot_count: int = 200_000
    state_bytes: int = 1 << 20

    def __post_init__(self) -> None:
        if not (0 < self.cpu_s <= 86_400 and 0 < self.wall_s <= 86_400):
            raise ValueError("cpu_s and wall_s must lie between 0 and 86,400 seconds")
        if not (1 << 20) <= self.memory_bytes <= (1 << 40):
            raise ValueError("memory_bytes must lie between 1 MiB and 1 TiB")
        if min(self.output_bytes, self.log_bytes, self.plot_count, self.state_bytes) < 0:
            raise ValueError("output limits must not be negative")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a strategy, in its author's words and lines.

    code     stable name of the rule or of the kind of failure
    message  what happened
    line     1-based line in the strategy's source, where one is known
    column   1-based column of the same
    hint     what to write instead, where there is something
    """

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class StrategySummary:
    """What the strategy says of itself."""

    name: str
    style: str
    doc: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The answer to "may this source run?".

    problems       empty exactly when the source is accepted
    strategy       name, style and docstring, when accepted
    params_schema  JSON Schema of its parameters, when accepted
    """

    problems: tuple[Problem, ...]
    strategy: StrategySummary | None = None
    params_schema: Mapping[str, Json] | None = None
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class LogLine:
    """A text the strategy logged. ``ts_ns`` is the bar's open, None outside of bars."""

    ts_ns: int | None
    text: str


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """A value the strategy plotted at one bar."""

    name: str
    ts_ns: int
    value: float


@dataclass(frozen=True, slots=True)
class Execution:
    """What a run in the sandbox left behind.

    orders             the order log's bytes, well-formed, not yet judged; empty unless ``ok``
    claim              what the child says came of it; only ever compared with the replay
    cpu_s              CPU seconds of the child, as the kernel counts
    peak_memory_bytes  its largest resident size, the interpreter's own pages included
    bar_times          bars by the class of their CPU time (``domain.bar_times``), when ``ok``
    timings            seconds: ``compile_s``, ``start_s`` (to the first user line), ``run_s`` (to
                       the child's last word), ``end_s`` (until it is gone and its log checked)
    """

    verdict: Verdict
    problem: Problem | None
    orders: bytes
    claim: Mapping[str, Json]
    logs: tuple[LogLine, ...]
    logs_dropped_count: int
    plots: tuple[PlotPoint, ...]
    plots_dropped_count: int
    state: Json
    cpu_s: float
    peak_memory_bytes: int
    timings: Mapping[str, float]
    bar_times: tuple[int, ...] = ()


class SandboxUnavailableError(RuntimeError):
    """The wall cannot be built here, so no user code runs."""


class StrategyRefusedError(ValueError):
    """A source that may not run; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
