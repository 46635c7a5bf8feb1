"""What a locked child does: take its job, lock itself, run the user's code, answer.

Until the first user line everything here is ours and reads only what the host wrote. From then
on this process is hostile, and the host treats it so.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import signal
import socket
import sys
import types
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from logic_service.sandbox import failures
from logic_service.sandbox.frames import EXIT_DONE, EXIT_MEMORY, Kind
from logic_service.sandbox.job import (
    FIRST_COLUMNS,
    Job,
    Task,
    decode_job,
    encode_job,
    receive_job,
    wait_for_columns,
)
from logic_service.sandbox.output import Output, problem_fields
from logic_service.sandbox.policy.compiling import Compiled, compile_source
from logic_service.sandbox.policy.names import STRATEGY_FILE
from logic_service.sandbox.policy.namespace import Library
from logic_service.sandbox.stepping import open_session, serve_bars
from logic_service.sandbox.types import Problem, Verdict
from logic_service.sandbox.wall import kernel
from logic_service.sandbox.wall.lockdown import Lock
from logic_service.sandbox.wall.seccomp import CHANNEL_FD
from logic_service.sandbox.warmup import Rehearsal
from naru.bars import COLUMNS, Bars
from naru.engine.compiled.source import read_ahead
from naru.engine.config import RunConfig
from naru.engine.market import Floats
from naru.engine.run import run
from naru.engine.shortlog import ShortLog
from naru.engine.spec import StrategySpec, load_strategy
from naru.engine.state import encode_state
from naru.ta.arrays import is_finite

_HEAP_COLUMNS, _TOUCHED_COLUMNS = 12, 5  # room for arrays as long as the bars, and what most use
_FURTHER_PAGES = 2  # runs over several instruments have tables of theirs besides
_LARGE_PAGES_FROM = 4 << 20  # NumPy asks for them from this size on
_BALLAST_BYTES = _LARGE_PAGES_FROM - 4096  # no large page: zeroing one takes a millisecond
_LARGE_PAGE_BYTES, _PAGE_BYTES = 2 << 20, 4096
_MAX_DESCRIPTOR = 256  # the zygote keeps its own below this

_SAMPLE = Job(
    Task.RUN, b"", 1.0, 1,
    bars=[{"symbol": "X", "timeframe": "1m", "count": 1, "has_instants": True}],
    config={"seed": 1},
)  # fmt: skip

_outputs: list[Output] = []


class Stage:
    """What every child finds ready, made once before forking: each step left out is pages spared.

    ``channel`` is whatever socket lies at its place when the child is forked.
    """

    def __init__(self, library: Library, lock: Lock, rehearsal: Rehearsal) -> None:
        self.library = library
        self.lock = lock
        self.rehearsal = rehearsal
        self.channel = socket.socket(fileno=CHANNEL_FD)
        self.output = Output(CHANNEL_FD)
        self.ballast = [np.empty(_BALLAST_BYTES, np.uint8)]  # not touched: freed to say goodbye
        self.filling: list[object] = []
        self.has_room = False
        self.config: RunConfig | None = None
        self._sample = encode_job(_SAMPLE)
        _outputs.append(self.output)

    def rehearse(self) -> None:
        """Go through what a job will ask for, as far as that can be done without one."""
        self.rehearsal.play()
        self.lock.limit(sys.maxsize, sys.maxsize)  # no lower than what holds already
        job = decode_job(self._sample)
        lay_bars(job.bars, memoryview(bytes(8 * len(COLUMNS))))


def close_all_but_the_channel() -> None:
    os.closerange(0, CHANNEL_FD)
    os.closerange(CHANNEL_FD + 1, _MAX_DESCRIPTOR)


def handle_deadline_signal() -> None:
    """Let the host ask "where are you?" shortly before it kills."""
    signal.signal(signal.SIGUSR1, _tell_line)


def _tell_line(_: int, frame: types.FrameType | None) -> None:
    for output in _outputs:
        if not output.is_writing:
            problem = Problem("timeout", "The time is up.", failures.line_in(frame))
            output.fail(Verdict.TIMEOUT, problem)
    os._exit(EXIT_DONE)


def serve(stage: Stage, *, is_standby: bool) -> NoReturn:
    """Lock this process, wait for one job, do it and leave; never returns.

    is_standby  there is no job yet, and time to rehearse one
    """
    stage.lock.seal()
    gc.enable()
    if is_standby:
        stage.rehearse()
    output = stage.output
    output.hold(Kind.SEALED)
    try:
        job, descriptor, are_bars_laid = receive_job(stage.channel)
        bars = LaidBars([], {}) if descriptor is None else map_bars(job.bars, descriptor)
        if not are_bars_laid:
            _get_ready(stage, job, bars)
    except (EOFError, ConnectionError):
        os._exit(EXIT_DONE)  # a standby child whose host went away
    mapped_bytes = sum(len(COLUMNS) * series.ts.nbytes for series in bars.series)
    stage.lock.limit(job.cpu_s, job.memory_bytes + mapped_bytes)
    try:
        _DOERS[job.task](job, bars, stage)
        output.flush()
        output.send(Kind.DONE)
    except BaseException as error:  # the user's code may raise anything; say it and end
        stage.ballast.clear()
        try:
            output.fail(*failures.explain(error))
        except MemoryError:
            os._exit(EXIT_MEMORY)
    os._exit(EXIT_DONE)


class LaidBars(NamedTuple):
    """Bars that look into one block of memory.

    tables  columns by name, series by bars, if all series have as many; read-only
    """

    series: list[Bars]
    tables: dict[str, Floats]


def map_bars(shapes: Sequence[dict[str, Any]], descriptor: int) -> LaidBars:
    """Map the host's bars read-only."""
    cells = 0
    for shape in shapes:
        cells += shape["count"] * (len(COLUMNS) if shape["has_instants"] else len(COLUMNS) - 1)
    memory = kernel.map_read_only(descriptor, 8 * cells)
    os.close(descriptor)
    return lay_bars(shapes, memory)


def lay_bars(shapes: Sequence[dict[str, Any]], memory: memoryview) -> LaidBars:
    """Return bars that look into a block of memory, as ``PackedBars`` has laid them there."""
    # Plain loops: this runs once, on a processor that has seen none of it for a while.
    whole, start = np.frombuffer(memory, np.float64), 0
    series: list[list[NDArray[Any]]] = []
    for shape in shapes:
        if shape["has_instants"]:
            stop = start + shape["count"]
            series.append([whole[start:stop].view(np.int64)])
            start = stop
        else:
            series.append([series[0][0]])
    are_even = len({shape["count"] for shape in shapes}) == 1
    tables: dict[str, Floats] = {}
    for name in COLUMNS[1:]:
        first = start
        for columns in series:
            stop = start + len(columns[0])
            columns.append(whole[start:stop])
            start = stop
        if are_even:
            tables[name] = whole[first:start].reshape(len(series), shapes[0]["count"])
    laid = [
        Bars.unchecked(shape["symbol"], shape["timeframe"], columns)
        for shape, columns in zip(shapes, series, strict=True)
    ]
    return LaidBars(laid, tables)


def _check(job: Job, _: LaidBars, stage: Stage) -> None:
    source, output = job.blob.decode("utf-8"), stage.output
    compiled = _compile(source, stage.library, is_policed=job.is_policed)
    if compiled.code is None:
        output.send_json(Kind.PROBLEMS, [problem_fields(item) for item in compiled.problems])
        return
    output.send(Kind.CODE, marshal.dumps(compiled.code))
    if job.task is Task.COMPILE:
        return
    spec = _load(compiled.code, job, stage)
    output.send_json(
        Kind.STRATEGY,
        {
            "name": spec.name,
            "style": spec.style,
            "doc": spec.doc,
            "params_schema": spec.params_schema(),
        },
    )


def _compile(source: str, library: Library, *, is_policed: bool) -> Compiled:
    if is_policed:
        return compile_source(source, library.offered)
    return Compiled(compile(source, STRATEGY_FILE, "exec", dont_inherit=True), ())


def _run(job: Job, bars: LaidBars, stage: Stage) -> None:
    output = stage.output
    # Made by a locked child out of this very source, and loaded in one: no new power.
    spec = _load(marshal.loads(job.blob), job, stage)  # noqa: S302
    config = _config(job, stage)
    _reserve_heap(stage, job)
    result = run(spec, bars.series, config, job.params, output, tables=bars.tables)
    output.flush()
    output.hold(Kind.STATE, encode_state(result.state))
    kind = Kind.SHORT_ORDERS if isinstance(result.log, ShortLog) else Kind.ORDERS
    output.send(kind, result.log.to_bytes())  # read while its claim is worked out
    output.hold_json(Kind.CLAIM, result.claim().to_dict())


def _get_ready(stage: Stage, job: Job, bars: LaidBars) -> None:
    """Do what can be done while the host lays the bars out.

    The pages that most runs use are touched where there are enough of them to be worth the time.
    Raises EOFError when the host went away.
    """
    stage.config = RunConfig.from_dict(job.config)
    size = _TOUCHED_COLUMNS * _column_bytes(job)
    is_worth_it = job.task is Task.RUN and size >= _LARGE_PAGE_BYTES
    if is_worth_it:
        _reserve_heap(stage, job)
        pages = min(size, job.memory_bytes // 4) // _LARGE_PAGE_BYTES + _FURTHER_PAGES
        with contextlib.suppress(MemoryError):
            np.empty(pages * _LARGE_PAGE_BYTES, np.uint8)[::_PAGE_BYTES] = 0
        if stage.config.compiled:
            with contextlib.suppress(RecursionError, MemoryError):  # the run will say so
                read_ahead(job.source)
    wait_for_columns(stage.channel)
    if is_worth_it:
        for series in bars.series:
            for name in FIRST_COLUMNS:
                is_finite(getattr(series, name))  # as indicators will ask
    wait_for_columns(stage.channel)


def _reserve_heap(stage: Stage, job: Job) -> None:
    """Make room for a dozen arrays as long as the bars, in large pages where there are any.

    The first touch of a page costs more than what is computed on it. NumPy asks for large pages
    for this one array; once freed, its place stays the heap's, and later arrays are laid there.
    What lies before the first large page is kept and not touched: arrays laid there would have
    small ones.
    """
    if stage.has_room:
        return
    stage.has_room = True
    kernel.keep_freed_memory()
    size = _HEAP_COLUMNS * _column_bytes(job) + _LARGE_PAGES_FROM
    with contextlib.suppress(MemoryError):  # where the machine is tight: without
        room = np.empty(min(size, job.memory_bytes // 4), np.uint8)
        before = -room.__array_interface__["data"][0] % _LARGE_PAGE_BYTES
        del room
        stage.ballast.append(np.empty(before, np.uint8))


def _column_bytes(job: Job) -> int:
    rows: int = sum(shape["count"] for shape in job.bars)
    return 8 * rows


def _live(job: Job, bars: LaidBars, stage: Stage) -> None:
    spec = _load(marshal.loads(job.blob), job, stage)  # noqa: S302 - as in _run
    config = _config(job, stage)
    session = open_session(spec, bars.series, config, job.params, job.carry, stage.output)
    serve_bars(session, CHANNEL_FD, stage.output)


def _config(job: Job, stage: Stage) -> RunConfig:
    return stage.config or RunConfig.from_dict(job.config)


def _load(code: types.CodeType, job: Job, stage: Stage) -> StrategySpec:
    """Execute the module's own lines: the first user line runs here."""
    output = stage.output
    namespace = stage.library.namespace(int(job.config.get("seed", 0)), output.print)
    if not job.is_policed:  # tests of the wall alone: plain Python, but for where it prints
        namespace["print"] = namespace["__builtins__"]["print"]
        namespace["__builtins__"] = __builtins__
    output.send(Kind.STARTED)
    exec(code, namespace)  # noqa: S102 - what this process is for
    return load_strategy(namespace)


_DOERS = {Task.COMPILE: _check, Task.CHECK: _check, Task.RUN: _run, Task.LIVE: _live}
