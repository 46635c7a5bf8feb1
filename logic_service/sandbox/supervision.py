"""Watching one child from its job to its end, and saying how it ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from logic_service.sandbox.cancellation import Cancellation
from logic_service.sandbox.control import Report
from logic_service.sandbox.frames import EXIT_DONE, EXIT_MEMORY, FrameError, Kind, OutputLimitError
from logic_service.sandbox.link import Child, ZygoteDiedError
from logic_service.sandbox.transcript import Transcript
from logic_service.sandbox.types import Problem, Verdict

_READ_BYTES = 256 << 10
_LAST_WORDS_CPU_S, _LAST_WORDS_WALL_S = 0.01, 0.25  # for a child to name its line
_ENDING_S = 0.5  # between the channel's end and the report of the exit
_MIN_WAIT_S = 0.002
_LOOK_AGAIN_S = 0.05
_ONE_CALL = "Perhaps a single call took it all, such as max(range(10**12)): no line was told."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended, and what the kernel counted."""

    verdict: Verdict
    problem: Problem | None
    report: Report


@dataclass(slots=True)
class Budget:
    """Deadlines of one run: ``wall_at`` on the performance counter, ``cpu_s`` of the child."""

    wall_at: float
    cpu_s: float
    cpu_s_after_compiling: float = 0.0


def supervise(
    child: Child, transcript: Transcript, budget: Budget, cancellation: Cancellation | None
) -> Outcome:
    """Read the child until it ends or must be ended. Raises ZygoteDiedError."""
    try:
        with _wakeup(cancellation) as wakeup:
            stopped = _watch(child, transcript, budget, cancellation, wakeup)
        if stopped is None:
            stopped = _end_of(child)
        elif stopped[0] is Verdict.TIMEOUT:
            _hear_last_words(child, transcript)
    finally:
        report = child.finish()
    if stopped is None and _was_never_locked(transcript, report):
        raise ZygoteDiedError("a child could not be locked")
    transcript.pace.finish(report.cpu_s)
    return _judge(transcript, stopped, report, budget)


def listen(child: Child, transcript: Transcript, budget: Budget, until: Kind) -> Outcome | None:
    """Read a long-lived child until it says ``until``.

    Returns None when it did; otherwise it is dead, and the outcome says of what.
    Raises ZygoteDiedError.
    """
    try:
        stopped = _watch(child, transcript, budget, until=until)
        if stopped is None and until in transcript.seen_at:
            return None
        if stopped is None:
            stopped = _end_of(child)
        elif stopped[0] is Verdict.TIMEOUT:
            _hear_last_words(child, transcript)
    except BaseException:
        child.finish()
        raise
    return _judge(transcript, stopped, child.finish(), budget)


@contextlib.contextmanager
def _wakeup(cancellation: Cancellation | None) -> Iterator[int | None]:
    if cancellation is None:
        yield None
        return
    reading, writing = os.pipe()

    def wake() -> None:
        os.write(writing, b"!")

    cancellation.on_cancel(wake)
    try:
        yield reading
    finally:
        cancellation.forget(wake)
        os.close(reading)
        os.close(writing)


def _watch(
    child: Child,
    transcript: Transcript,
    budget: Budget,
    cancellation: Cancellation | None = None,
    wakeup: int | None = None,
    until: Kind | None = None,
) -> tuple[Verdict, Problem] | None:
    """Return why the host stopped the child, None when it ended by itself or said ``until``."""
    poll = select.poll()
    poll.register(child.channel, select.POLLIN)
    if wakeup is not None:
        poll.register(wakeup, select.POLLIN)
    has_heard = True
    while True:
        cpu_s = child.cpu_s()
        if has_heard:
            transcript.clock(cpu_s)
        if cancellation is not None and cancellation.is_cancelled:
            return Verdict.KILLED, Problem("cancelled", "The run was cancelled.")
        left_s = _time_left(cpu_s, budget)
        if left_s <= 0:
            return Verdict.TIMEOUT, Problem("timeout", "The strategy ran out of time.")
        ready = {descriptor for descriptor, _ in poll.poll(max(left_s, _MIN_WAIT_S) * 1000)}
        has_heard = child.channel.fileno() in ready
        if not has_heard:
            continue
        try:
            data = child.channel.recv(_READ_BYTES)
        except ConnectionError:
            return None
        if not data:
            return None
        stopped = _feed(transcript, data, budget)
        if stopped or (until is not None and until in transcript.seen_at):
            return stopped


def _feed(transcript: Transcript, data: bytes, budget: Budget) -> tuple[Verdict, Problem] | None:
    was_compiled = Kind.CODE in transcript.seen_at
    try:
        transcript.feed(data)
    except OutputLimitError as error:
        return Verdict.OUTPUT_LIMIT, Problem("output-limit", f"The strategy sent {error}.")
    except FrameError as error:
        return _forged(str(error))
    if not was_compiled and Kind.CODE in transcript.seen_at:
        budget.cpu_s += budget.cpu_s_after_compiling
    return None


def _time_left(cpu_s: float | None, budget: Budget) -> float:
    """Return seconds until the next look: no sooner can one thread use up its CPU time."""
    wall_s = budget.wall_at - time.perf_counter()
    # Unknown until the zygote's report of the child is here: a silent child must not wait it out.
    return min(wall_s, _LOOK_AGAIN_S if cpu_s is None else budget.cpu_s - cpu_s)


def _end_of(child: Child) -> tuple[Verdict, Problem] | None:
    """Wait for the end of a child whose channel closed; None when it really ended."""
    try:
        child.exited.result(_ENDING_S)
    except TimeoutError:
        return _forged("no result, and was closed")
    return None


def _was_never_locked(transcript: Transcript, report: Report) -> bool:
    """Say whether a child left by itself without a word: its first one says that it is locked.

    It says so together with the next thing, so one that was killed may not have come to it.
    """
    if Kind.SEALED in transcript.seen_at or os.WIFSIGNALED(report.value):
        return False
    return os.WEXITSTATUS(report.value) != EXIT_MEMORY


def _hear_last_words(child: Child, transcript: Transcript) -> None:
    """Ask the child for its line, and take what it says for a moment of its own CPU time.

    Wall time would be unfair on a busy machine, where the child may not have run since.
    """
    asked_at, used_s = time.perf_counter(), child.cpu_s() or 0.0
    child.signal(signal.SIGUSR1)
    poll = select.poll()
    poll.register(child.channel, select.POLLIN)
    with contextlib.suppress(FrameError, ConnectionError):
        while (
            time.perf_counter() - asked_at < _LAST_WORDS_WALL_S
            and (child.cpu_s() or 0.0) - used_s < _LAST_WORDS_CPU_S
        ):
            if poll.poll(_MIN_WAIT_S * 1000):
                data = child.channel.recv(_READ_BYTES)
                if not data:
                    return
                transcript.feed(data)


def _judge(
    transcript: Transcript,
    stopped: tuple[Verdict, Problem] | None,
    report: Report,
    budget: Budget,
) -> Outcome:
    if stopped is not None:
        verdict, problem = stopped
        if verdict is Verdict.TIMEOUT and transcript.failure is not None:
            problem = replace(problem, line=transcript.failure[1].line)
        elif verdict is Verdict.TIMEOUT and Kind.STARTED in transcript.seen_at:
            problem = replace(problem, hint=_ONE_CALL)
        return Outcome(verdict, problem, report)
    if transcript.failure is not None:
        verdict, problem = transcript.failure
        if verdict is Verdict.TIMEOUT:  # only the host knows the time
            verdict, problem = _forged("a timeout that did not happen")
        return Outcome(verdict, problem, report)
    verdict_and_problem = _by_status(report, budget)
    if verdict_and_problem is None and not transcript.is_done:
        verdict_and_problem = _forged("no result")
    if verdict_and_problem is None:
        return Outcome(Verdict.OK, None, report)
    return Outcome(*verdict_and_problem, report)


def _forged(what: str) -> tuple[Verdict, Problem]:
    return Verdict.CRASHED, Problem("channel-forged", f"The run's channel carried {what}.")


def _by_status(report: Report, budget: Budget) -> tuple[Verdict, Problem] | None:
    """Read the wait status; None for a clean exit."""
    if os.WIFSIGNALED(report.value):
        return _by_signal(os.WTERMSIG(report.value), report, budget)
    code = os.WEXITSTATUS(report.value)
    if code == EXIT_MEMORY:
        message = "The strategy used more memory than it may."
        return Verdict.OUT_OF_MEMORY, Problem("out-of-memory", message)
    if code != EXIT_DONE:
        message = f"The process ended with status {code} and no result."
        return Verdict.CRASHED, Problem("process-died", message)
    return None


def _by_signal(number: int, report: Report, budget: Budget) -> tuple[Verdict, Problem]:
    if number == signal.SIGSYS:
        message = "The strategy asked the system for something that it may not have."
        return Verdict.KILLED, Problem("forbidden-call", message)
    if number == signal.SIGKILL and report.cpu_s >= budget.cpu_s:
        return Verdict.TIMEOUT, Problem("timeout", "The strategy ran out of time.")
    if number == signal.SIGKILL:
        message = "The system ended the process for want of memory."
        return Verdict.OUT_OF_MEMORY, Problem("out-of-memory", message)
    if number == signal.SIGSEGV:
        hint = "Data nested by the hundred thousand does that, and sizes near 2**63."
        message = "The process died of SIGSEGV: the interpreter itself failed."
        return Verdict.CRASHED, Problem("process-died", message, hint=hint)
    known = {each.value: each.name for each in signal.Signals}
    name = known.get(number, f"signal {number}")  # real-time signals have no names
    return Verdict.CRASHED, Problem("process-died", f"The process died of {name}.")
