"""The sandbox as the rest of the platform sees it: check a source, run a source."""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from logic_service.sandbox import policy
from logic_service.sandbox.cancellation import Cancellation
from logic_service.sandbox.frames import Kind
from logic_service.sandbox.job import Job, Task, send_job, tell_laid
from logic_service.sandbox.link import Child, ZygoteDiedError, ZygoteLink, ZygoteStuckError
from logic_service.sandbox.metering import Meter
from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.policy import caps
from logic_service.sandbox.results import Answer, execution, refused, report
from logic_service.sandbox.supervision import Budget, supervise
from logic_service.sandbox.transcript import OnProgress, Transcript
from logic_service.sandbox.types import (
    CheckReport,
    Execution,
    Limits,
    Problem,
    SandboxUnavailableError,
    StrategyRefusedError,
    Verdict,
)
from naru.bars import Bars
from naru.engine.config import RunConfig

_Result = TypeVar("_Result")
_CHECK_CPU_S, _CHECK_WALL_S = 2.0, 5.0
_CACHE_ENTRIES = 256


class SandboxHost:
    """Runs strangers' code in locked children. Thread-safe; blocking: from asyncio, use threads.

    standby             children kept ready before they are asked for
    unsafe_development  run without the wall where the system has none (macOS); never in service.
                        On Linux it changes nothing
    is_policed          False only in tests of the process wall alone
    meter               where runs are counted
    link                a zygote that is starting already, with the same two options
    machine             an architecture to take this one for; tests name one without a filter
    """

    def __init__(
        self,
        *,
        standby: int = 1,
        unsafe_development: bool = False,
        is_policed: bool = True,
        meter: Meter | None = None,
        machine: str | None = None,
        link: ZygoteLink | None = None,
    ) -> None:
        self.meter = meter or Meter()
        self._standby = standby
        self._unsafe_development = unsafe_development
        self._is_policed = is_policed
        self._machine = machine
        self._lock = threading.Lock()
        self._ready: list[Child] = []
        self._codes: OrderedDict[str, bytes] = OrderedDict()
        self._is_closed = False
        self._link = self._new_link() if link is None else link

    def close(self) -> None:
        """End the zygote and every child; runs in progress raise SandboxUnavailableError."""
        with self._lock:
            self._is_closed = True
            self._forget_ready()
        self._link.close()

    def __enter__(self) -> SandboxHost:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def layers(self) -> Mapping[str, bool | int]:
        """Return which layers of the wall hold. Raises SandboxUnavailableError."""
        return self._ask(self._greet)

    def check(self, source: str) -> CheckReport:
        """Say whether a source may run and what it declares; its module lines are executed.

        Its code is kept: it was sent before those lines ran, so a run need not compile again.
        Raises SandboxUnavailableError when the wall cannot be built.
        """
        problems = caps.text_problems(source) if self._is_policed else []
        if problems:
            return CheckReport(tuple(problems))
        started_at = time.perf_counter()
        answer = self._ask(lambda: self._compile(Task.CHECK, source))
        checked = report(answer)
        code = answer.transcript.payloads.get(Kind.CODE)
        if checked.ok and code is not None:
            self._keep_code(self._key(source), code)
        return replace(checked, timings={"check_s": time.perf_counter() - started_at})

    def run(
        self,
        source: str,
        bars: Sequence[Bars] | PackedBars,
        config: RunConfig,
        params: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
        on_progress: OnProgress | None = None,
        cancel: Cancellation | None = None,
        *,
        plan: str = "",
    ) -> Execution:
        """Run a strategy over bars; whatever it does, the answer is an Execution.

        on_progress  called in this thread with (bars done, bars in all)
        cancel       its ``cancel`` ends the run from any thread, with the verdict ``killed``
        plan         what the meter counts the run under
        Raises SandboxUnavailableError when the wall cannot be built.
        """
        limits = limits or Limits()
        started_at = time.perf_counter()
        code = self._code(source)
        if isinstance(code, Execution):
            return code
        compiled_at = time.perf_counter()
        packed = bars if isinstance(bars, PackedBars) else PackedBars(bars)
        try:
            job = self._job(Task.RUN, code, limits.cpu_s, limits.memory_bytes, source).with_run(
                packed.shapes, config.given(), dict(params or {})
            )
            answer = self._ask(
                lambda: self._do(
                    job, packed, limits, lambda: _run_budget(limits), on_progress, cancel
                )
            )
        finally:
            if packed is not bars:
                packed.close()
        done = execution(answer, {"compile_s": compiled_at - started_at})
        self.meter.run_began(done.timings["start_s"])
        self.meter.run_ended(plan, done.verdict, done.cpu_s, done.peak_memory_bytes)
        return done

    def compile(self, source: str) -> bytes:
        """Return a source's code for ``start_live``. Raises StrategyRefusedError."""
        code = self._code(source)
        if isinstance(code, Execution):
            problem = code.problem or Problem("rejected", "The source was refused.")
            raise StrategyRefusedError(problem)
        return code

    def start_live(
        self,
        code: bytes,
        bars: PackedBars,
        config: RunConfig,
        params: Mapping[str, Any],
        carry: dict[str, Any] | None,
        limits: Limits,
    ) -> Child:
        """Start a long-lived child that will wait for bars.

        ``limits.cpu_s`` is for its whole life. Raises SandboxUnavailableError.
        """
        job = self._job(Task.LIVE, code, limits.cpu_s, limits.memory_bytes).with_run(
            bars.shapes, config.given(), dict(params), carry
        )
        return self._ask(lambda: self._start(job, bars))

    def _code(self, source: str) -> bytes | Execution:
        """Return the compiled code, or the execution that ends here because there is none."""
        problems = caps.text_problems(source) if self._is_policed else []
        if problems:
            return refused(problems[0])
        key = self._key(source)
        with self._lock:
            code = self._codes.get(key)
            if code is not None:
                self._codes.move_to_end(key)
                return code
        answer = self._ask(lambda: self._compile(Task.COMPILE, source))
        code = answer.transcript.payloads.get(Kind.CODE)
        if code is None or answer.outcome.verdict is not Verdict.OK:
            return refused(report(answer).problems[0])
        self._keep_code(key, code)
        return code

    def _key(self, source: str) -> str:
        text = f"{policy.VERSION}:{sys.version}:{self._is_policed}:{source}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _keep_code(self, key: str, code: bytes) -> None:
        with self._lock:
            self._codes[key] = code
            while len(self._codes) > _CACHE_ENTRIES:
                self._codes.popitem(last=False)

    def _job(
        self, task: Task, blob: bytes, cpu_s: float, memory_bytes: int, source: str = ""
    ) -> Job:
        return Job(task, blob, cpu_s, memory_bytes, is_policed=self._is_policed, source=source)

    def _compile(self, task: Task, source: str) -> Answer:
        blob = source.encode("utf-8")
        compile_cpu_s = caps.compile_cpu_s(len(blob))
        job = self._job(task, blob, compile_cpu_s + _CHECK_CPU_S, caps.COMPILE_MEMORY_BYTES)

        def budget() -> Budget:
            return Budget(time.perf_counter() + _CHECK_WALL_S, compile_cpu_s, _CHECK_CPU_S)

        return self._do(job, None, Limits(), budget, None, None)

    def _do(
        self,
        job: Job,
        packed: PackedBars | None,
        limits: Limits,
        budget: Callable[[], Budget],
        on_progress: OnProgress | None,
        cancel: Cancellation | None,
    ) -> Answer:
        """Have one child do a job; its budget begins when it has all that it needs."""
        started_at = time.perf_counter()
        # The next standby child gets ready beside a long run and after a short one, which would
        # lose more by sharing the processors than the next run gains.
        bar_count = sum(shape["count"] for shape in packed.shapes) if packed else 0
        transcript = Transcript(limits, on_progress, on_long=self._keep_ready, bar_count=bar_count)
        child = self._start(job, packed)
        outcome = supervise(child, transcript, budget(), cancel)
        if Kind.STARTED in transcript.seen_at:
            self._keep_ready()
        return Answer(transcript, outcome, started_at)

    def _start(self, job: Job, packed: PackedBars | None) -> Child:
        child = self._take_child()
        self.meter.child_started(job.task.value)
        try:
            _hand_over(child, job, packed)
        except OSError:  # it died before its job; the report of its end says of what
            child.finish()
            raise ZygoteDiedError("a child ended before its job") from None
        except BaseException:
            child.finish()
            raise
        return child

    def _ask(self, do: Callable[[], _Result]) -> _Result:
        """Do it; if the zygote dies meanwhile, once more: a run has no effect but its answer."""
        link = self._link
        try:
            return do()
        except ZygoteDiedError as error:
            self._revive(link, is_stuck=isinstance(error, ZygoteStuckError))
        try:
            return do()
        except ZygoteDiedError as error:
            raise SandboxUnavailableError(f"twice in a row, {error}") from error

    def _revive(self, link: ZygoteLink, *, is_stuck: bool) -> None:
        """Replace a zygote that died, unless another thread has; one lost child is no reason."""
        with self._lock:
            if self._is_closed:
                raise SandboxUnavailableError("the sandbox is closed")
            if self._link is not link or not (is_stuck or link.has_died()):
                return
            self._forget_ready()
            link.close()
            self._link = self._new_link()

    def _new_link(self) -> ZygoteLink:
        self.meter.zygote_started()
        return ZygoteLink(
            is_lasting=self._standby > 0,
            unsafe_development=self._unsafe_development,
            machine=self._machine,
        )

    def _greet(self) -> Mapping[str, bool | int]:
        return self._link.wait_ready()

    def _take_child(self) -> Child:
        with self._lock:
            if self._ready:
                return self._ready.pop()
        return self._link.spawn()

    def _keep_ready(self) -> None:
        with self._lock:
            missing = 0 if self._is_closed else self._standby - len(self._ready)
            for _ in range(missing):
                self._ready.append(self._link.spawn(is_standby=True))

    def _forget_ready(self) -> None:
        for child in self._ready:
            child.channel.close()
        self._ready.clear()


def _run_budget(limits: Limits) -> Budget:
    return Budget(time.perf_counter() + limits.wall_s, limits.cpu_s)


def _hand_over(child: Child, job: Job, packed: PackedBars | None) -> None:
    """Give a child its job, and lay the bars out while it gets ready. Raises OSError."""
    descriptors = packed.descriptors if packed else []
    has_all = packed is None or packed.is_laid
    send_job(child.channel, job, descriptors, are_bars_laid=has_all)
    if packed is not None and not has_all:
        packed.lay_first()
        tell_laid(child.channel)
        packed.lay()
        tell_laid(child.channel)
