"""Bars by their time: what the child says of its progress, and the kernel of its time."""

from hypothesis import given
from hypothesis import strategies as st

from logic_service.domain.bar_times import BOUNDS_S, bucket_of
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.pacing import Pace
from logic_service.sandbox.types import Limits, Verdict
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.conftest import rising_bars
from tests.logic_service.sandbox.sources import on_bar

_WORDS = st.tuples(st.integers(-5, 300), st.integers(-5, 300), st.floats(-1, 100) | st.none())


def counted(pace: Pace) -> dict[int, int]:
    return {place: count for place, count in enumerate(pace.times.counts) if count}


def test_bars_share_the_time_between_two_words() -> None:
    pace = Pace(1_000)
    pace.start(3.0)
    pace.start(5.0)  # the start goes on
    pace.note(1, 10, 5.0015)
    pace.note(10, 10, 6.8)

    assert counted(pace) == {bucket_of(100, 0.0015): 100, bucket_of(900, 1.8): 900}
    assert 1.79 < pace.times.total < 1.81


def test_a_word_without_a_clock_waits_for_the_next() -> None:
    pace = Pace(100)
    pace.start(1.0)
    pace.note(5, 10, None)
    pace.note(10, 10, 1.15)

    assert counted(pace) == {bucket_of(100, 0.15): 100}


def test_the_end_tells_of_the_bars_that_nobody_spoke_of() -> None:
    unheard, heard = Pace(100), Pace(100)
    unheard.start(None)
    unheard.note(10, 10, None)
    unheard.finish(1.5)
    heard.start(1.0)
    heard.note(3, 10, 4.5)
    heard.finish(5.6)

    assert counted(unheard) == {bucket_of(100, 1.5): 100}
    assert counted(heard) == {bucket_of(30, 3.5): 30, bucket_of(70, 1.1): 70}


@given(st.integers(0, 500), st.lists(_WORDS))
def test_no_words_make_more_bars_than_there_are(
    bar_count: int, words: list[tuple[int, int, float | None]]
) -> None:
    pace = Pace(bar_count)
    pace.start(0.0)
    for done, total, cpu_s in words:
        pace.note(done, total, cpu_s)

    assert 0 <= pace.times.count <= bar_count
    assert pace.times.total >= 0


def test_every_bar_of_a_run_is_counted_once(host: SandboxHost) -> None:
    source = on_bar("self.state['n'] = len(self.data)")
    execution = host.run(source, [rising_bars(2_048)], RunConfig(), limits=Limits(cpu_s=60))

    assert execution.verdict is Verdict.OK, execution.problem
    assert len(execution.bar_times) == len(BOUNDS_S) + 1
    assert sum(execution.bar_times) == 2_048


def test_a_run_that_fails_has_no_bar_times(host: SandboxHost) -> None:
    assert host.run(on_bar("1 / 0"), [rising_bars(300)], RunConfig()).bar_times == ()
