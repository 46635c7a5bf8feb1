import json
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.engine.config import RunConfig
from naru.result import (
    ENGINE,
    Inputs,
    build_result,
    data_sha256,
    dumps,
    pieces,
    verify_result,
)
from naru.values import Values
from tests.naru.engine.scenes import bars, perform, play, scripted, walk

MARKET = bars(
    [(100, 102, 99, 101), (103, 106, 102, 105), (104, 108, 103, 107), (110, 112, 109, 111)],
    symbol="BTC-USD",
)


@dataclass(frozen=True)
class Line:
    ts_ns: int | None
    text: str


@dataclass(frozen=True)
class Point:
    name: str
    ts_ns: int
    value: float


def result_of(script: Any, market: Any = MARKET, **extras: Any) -> dict[str, Any]:
    several = market if isinstance(market, list) else [market]
    run, replay = perform(scripted(script), several, commission_bps=10)
    inputs = Inputs(
        strategy={"name": "Scripted", "style": "event", "doc": ""},
        code_sha256="ab" * 32,
        bars=several,
        config=RunConfig(commission_bps=10),
        params={"fast": 10},
    )
    return build_result(inputs, replay, run.orders.to_bytes(), **extras)


def test_a_closed_and_an_open_trade_by_hand() -> None:
    result = json.loads(
        dumps(
            result_of(
                {
                    0: lambda s: s.buy(2, tag="in"),
                    1: lambda s: s.sell(1),
                }
            )
        )
    )

    assert result["trades"] == [
        {
            "symbol": "BTC-USD",
            "side": "long",
            "size": 1.0,
            "entry_ts": "2024-01-02T00:00:00Z",
            "entry_price": 103.0,
            "exit_ts": "2024-01-03T00:00:00Z",
            "exit_price": 104.0,
            "pnl": pytest.approx(1 - 0.103 - 0.104),
            "return": pytest.approx(0.793 / 103),
            "commission": pytest.approx(0.207),
            "tag": "in",
        },
        {
            "symbol": "BTC-USD",
            "side": "long",
            "size": 1.0,
            "entry_ts": "2024-01-02T00:00:00Z",
            "entry_price": 103.0,
            "exit_ts": None,
            "exit_price": None,
            "pnl": pytest.approx(8 - 0.103),
            "return": pytest.approx(7.897 / 103),
            "commission": pytest.approx(0.103),
            "tag": "in",
        },
    ]
    assert (result["bars"], result["symbols"]) == (4, ["BTC-USD"])
    assert result["equity"]["ts"][0] == "2024-01-01T00:00:00Z"
    assert result["equity"]["value"][-1] == result["metrics"]["final_equity"]
    assert result["monthly_returns"][0]["month"] == "2024-01"


def test_orders_tell_what_became_of_them() -> None:
    result = result_of({0: lambda s: s.buy(1, limit=50.0), 1: lambda s: s.buy(1_000)})
    limit, rejected = result["orders"]

    assert limit | {"id": 0} == {
        "id": 0,
        "symbol": "BTC-USD",
        "side": "buy",
        "kind": "limit",
        "ts": "2024-01-01T00:00:00Z",
        "size": Decimal(1),
        "filled": Decimal(0),
        "avg_price": None,
        "limit": 50.0,
        "stop": None,
        "trail": None,
        "tif": "gtc",
        "status": "canceled",
        "reason": "end_of_data",
        "done_ts": "2024-01-04T00:00:00Z",
        "parent": None,
        "tag": None,
    }
    assert (rejected["status"], rejected["reason"]) == ("rejected", "insufficient_cash")


def test_the_same_run_gives_the_same_bytes() -> None:
    script = {0: lambda s: s.buy(percent=0.5), 2: lambda s: s.position.close()}
    assert dumps(result_of(script)) == dumps(result_of(script))


def test_timings_do_not_change_the_receipt() -> None:
    one = result_of({0: lambda s: s.buy(1)}, timings={"run_s": 1.0})
    other = result_of({0: lambda s: s.buy(1)}, timings={"run_s": 2.0})

    assert one["timings"] == {"run_s": 1.0}
    assert one["receipt"] == other["receipt"]


def test_receipts_hold_for_built_and_for_read_results() -> None:
    result = result_of({0: lambda s: s.buy(percent=0.7), 2: lambda s: s.sell(1 / 3)})

    assert verify_result(result)
    assert verify_result(json.loads(dumps(result)))


@pytest.mark.parametrize(
    "tamper",
    [
        lambda result: result["trades"][0].update(pnl=1e6),
        lambda result: result["equity"]["value"].__setitem__(1, 20_000.0),
        lambda result: result["orders"].pop(),
        lambda result: result["receipt"].update(seed=7),
        lambda result: result["receipt"]["config"].update(commission_bps="0"),
        lambda result: result["receipt"]["params"].update(fast=11),
    ],
)
def test_receipts_do_not_hold_for_changed_results(tamper: Any) -> None:
    result = json.loads(dumps(result_of({0: lambda s: s.buy(1), 1: lambda s: s.sell(1)})))
    tamper(result)
    assert not verify_result(result)


def test_data_hash_of_one_series_is_its_own_and_of_several_depends_on_their_order() -> None:
    other = bars([(1, 1, 1, 1)] * 4, symbol="Y")

    assert data_sha256([MARKET]) == MARKET.sha256()
    assert data_sha256([MARKET, other]) != data_sha256([other, MARKET])


def test_decimals_keep_their_digits_and_read_as_floats() -> None:
    text = dumps({"a": Decimal("0.123456789012345678"), "b": Decimal(7), "c": Decimal("1E+3")})

    assert text == b'{"a":0.123456789012345678,"b":7.0,"c":1000.0}'
    with pytest.raises(TypeError):
        dumps({"a": {1, 2}})


def test_logs_and_plots_are_kept_as_they_were_said() -> None:
    start = int(MARKET.ts[0])
    result = result_of(
        {},
        logs=[Line(None, "hello\n<b>"), Line(start, "가나다")],
        plots=[Point("a", start, 1.0), Point("b", start, 5.0), Point("a", int(MARKET.ts[1]), 2.0)],
    )

    assert result["logs"] == [
        {"ts": None, "text": "hello\n<b>"},
        {"ts": "2024-01-01T00:00:00Z", "text": "가나다"},
    ]
    assert result["plots"]["a"] == {
        "ts": ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"],
        "value": [1.0, 2.0],
    }


def test_confidence_intervals_come_on_request_and_by_the_runs_seed() -> None:
    market = walk(120, timeframe="1d")
    script = {3: lambda s: s.buy(percent=0.9)}
    once, again = (result_of(script, market, confidence_samples=50) for _ in range(2))

    assert result_of(script, market)["confidence"] == {}
    assert once["confidence"] == again["confidence"]
    low, high = once["confidence"]["total_return"]
    assert low < once["metrics"]["total_return"] < high


def test_a_run_without_measured_bars_has_a_result() -> None:
    replay = play({}, MARKET, warmup=50)
    inputs = Inputs(
        strategy={}, code_sha256="", bars=[MARKET], config=RunConfig(warmup=50), params={}
    )
    result = build_result(inputs, replay, b"")
    assert (result["trades"], result["monthly_returns"]) == ([], [])


def test_the_engine_has_the_package_version() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert f"naru {project['project']['version']}" == ENGINE


def test_pieces_together_are_what_orjson_writes_at_once() -> None:
    result = result_of({0: lambda s: s.buy(percent=0.7), 2: lambda s: s.sell(1 / 3)})
    result["more"] = {"b": {}, "a": [{"d": 1, "c": Decimal("0.12345678901234567")}], "é": None}
    plain = {**result, "equity": {name: list(each) for name, each in result["equity"].items()}}

    assert b"".join(pieces(result)) == orjson.dumps(plain, default=float_text)
    assert json.loads(dumps(result)) == json.loads(dumps(plain))
    assert verify_result(plain)


def float_text(value: Decimal) -> orjson.Fragment:
    return orjson.Fragment(str(value))


def test_only_names_that_are_texts_are_written() -> None:
    with pytest.raises(TypeError):
        dumps({"a": {1: "one"}})


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_values_are_the_numbers_of_their_array(numbers: list[float]) -> None:
    values = Values(np.array(numbers))

    assert list(values) == values[:] == json.loads(bytes(values.json)) == numbers
    assert (len(values), values[-1]) == (len(numbers), numbers[-1])
    assert np.array_equal(np.array(values, dtype=float), np.array(numbers))
    assert dumps({"a": [values]}) == b'{"a":[' + bytes(values.json) + b"]}"
