"""Numbers about runs add up."""

import pytest

from logic_service.sandbox.doctor import doctor
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.metering import Histogram, Meter
from logic_service.sandbox.types import Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.sources import BUY_ONCE, on_bar


def test_runs_are_counted_by_plan_and_verdict(bars: list[Bars]) -> None:
    meter = Meter()
    with SandboxHost(meter=meter) as host:
        host.run(BUY_ONCE, bars, RunConfig(), plan="free")
        host.run(on_bar("1 / 0"), bars, RunConfig(), plan="premium")
    found = {(sample.name, *sample.labels.values()): sample.value for sample in meter.samples()}

    assert found["sandbox_verdicts_total", "free", "ok"] == 1
    assert found["sandbox_verdicts_total", "premium", "crashed"] == 1
    assert found["sandbox_starts_total", "compile"] == 2
    assert found["sandbox_starts_total", "run"] == 2
    assert found["sandbox_zygote_starts_total",] == 1
    cpu = found["sandbox_cpu_seconds", "free"]
    assert isinstance(cpu, Histogram)
    assert cpu.count == 1
    assert 0 < cpu.total < 5


def test_a_histogram_counts_each_value_once() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 99.0):
        histogram.observe(value)

    assert histogram.counts == [2, 1, 1]
    assert histogram.total == 102.0


def test_versions_do_not_pile_up() -> None:
    meter = Meter()
    for number in range(10_001):
        meter.bars_handled(f"v{number}", 10, 0.01)

    assert meter.bar_times("v0").count == 0
    assert meter.bar_times("v10000").count == 10
    assert meter.bar_times("v10000").total == pytest.approx(0.01)


def test_the_doctor_names_every_layer() -> None:
    findings = doctor()

    assert findings.level in {"full", "sound"}
    assert {layer.name for layer in findings.layers if layer.is_required} == {
        "seccomp",
        "no_new_privileges",
    }
    assert all(layer.holds for layer in findings.layers if layer.is_required)
    assert findings.problem is None


def test_a_verdict_is_a_word() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "ok", "rejected", "crashed", "timeout", "out_of_memory", "output_limit", "killed",
    ]  # fmt: skip
