"""A run has no clock: not by system calls, and not by the page that the kernel writes it into."""

from collections.abc import Iterator

import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.sources import on_bar


@pytest.fixture(scope="module")
def unpoliced() -> Iterator[SandboxHost]:
    """Return a sandbox without the policy, where any library can be asked."""
    with SandboxHost(is_policed=False) as host:
        if not host.layers()["clocks_hidden"]:
            pytest.skip("this kernel seals the page that it writes the time into")
        yield host


@pytest.mark.parametrize(
    "call",
    [
        "time.time()",
        "time.time_ns()",
        "time.monotonic()",
        "time.perf_counter()",
        "int(time.clock_gettime(time.CLOCK_REALTIME_COARSE)) or 1 / 0",
        "datetime.datetime.now()",
        "datetime.date.today()",
        "datetime.datetime.now(datetime.UTC)",
    ],
)
def test_asking_for_the_time_fails_or_says_nothing(
    unpoliced: SandboxHost, bars: list[Bars], call: str
) -> None:
    source = on_bar(f"self.log({call})", before="import datetime, time")
    execution = unpoliced.run(source, bars, RunConfig())
    said = {line.text[:4] for line in execution.logs}

    assert (execution.verdict, said) in [(Verdict.CRASHED, set()), (Verdict.OK, {"1970"})]


@pytest.mark.parametrize(
    "made", ['np.array("now", "M8[s]")', 'np.array(["today"]).astype("M8[D]")']
)
def test_numpy_s_present_is_the_epoch(
    host: SandboxHost, unpoliced: SandboxHost, bars: list[Bars], made: str
) -> None:
    source = on_bar(f"self.log({made}.astype('i8').sum())", before="import numpy as np")

    for each in (host, unpoliced):
        execution = each.run(source, bars, RunConfig())
        assert execution.verdict is Verdict.OK, execution.problem
        assert {line.text for line in execution.logs} == {"0"}


def test_dates_of_bars_are_what_they_were(host: SandboxHost, bars: list[Bars]) -> None:
    source = on_bar(
        """
        day = self.now.strftime("%Y-%m-%d")
        ts = np.array([self.data.ts[-1]]).astype("M8[ns]").astype("M8[D]")
        self.log(day, ts[0], datetime.datetime.strptime(day, "%Y-%m-%d").astimezone().isoformat())
        """,
        before="import datetime\nimport numpy as np",
    )
    execution = host.run(source, bars, RunConfig())

    assert execution.verdict is Verdict.OK, execution.problem
    assert execution.logs[0].text == "1970-01-01 1970-01-01 1970-01-01T00:00:00+00:00"
