"""Strategies that do anything the kit lets them: run, replay and live session agree on it."""

from random import Random
from typing import Any

import pytest

from naru import Fill, Order, Strategy
from naru.bars import COLUMNS, Bars
from naru.engine.config import RunConfig
from naru.engine.session import Session
from tests.naru.engine.scenes import Silence, perform, spec_of, walk
from tests.naru.engine.test_corporate_properties import (
    HOUR,
    check_money,
    push_all,
    split_bars,
    thinned,
    told,
)

BARS = 100


def prices(chance: Random, close: float, way: int) -> dict[str, Any]:
    """Return the prices of an order of any kind, and of its bracket: mostly on the right side."""

    def near(least: float = -0.01) -> float:
        return round(close * (1 + way * chance.uniform(least, 0.01)), 2)

    given: dict[str, Any] = chance.choice(
        [{}, {}, {"limit": near()}, {"stop": near()}, {"stop": near(), "limit": near()},
         {"trail": 0.5}, {"trail_percent": 0.01}]
    )  # fmt: skip
    trails = "trail" in given or "trail_percent" in given
    stop_loss: dict[str, Any] = chance.choice(
        [{}, {"sl": round(2 * close - near(-0.002), 2)}, {"sl_trail": 0.4}]
    )
    given |= {} if trails and "sl_trail" in stop_loss else stop_loss
    return given | chance.choice([{}, {"tp": near(-0.002)}])


def terms(chance: Random, given: dict[str, Any], now: int, known: list[Order]) -> dict[str, Any]:
    """Return how long an order lives, and which others it depends on."""
    asked: dict[str, Any] = {"tif": chance.choice(["gtc", "gtc", "day", "ioc", "fok", "gtd"])}
    if asked["tif"] == "gtd":
        asked["until"] = now + chance.randint(1, 20) * HOUR
    if not {"limit", "stop", "trail", "trail_percent"} & set(given) and chance.random() < 0.2:
        asked["at"] = chance.choice(["open", "close"])
    if "limit" in given and "stop" not in given and asked["tif"] in ("gtc", "day", "gtd"):
        asked["post_only"] = chance.random() < 0.3
    asked["reduce_only"] = chance.random() < 0.2
    for link in ("parent", "oco"):
        if known and chance.random() < 0.25:
            asked[link] = chance.choice(known[-4:])
    return asked


def anything(seed: int) -> type[Strategy]:
    class Anything(Strategy):
        def init(self) -> None:
            self.chance = Random(seed)
            self.mine: list[Order] = []
            self.every("4h", self.tick)

        def tick(self) -> None:
            if self.chance.random() < 0.2:
                percent = self.chance.choice([0, 0.3, -0.4, 2.5])
                self.target(percent=percent, symbol=self.chance.choice("AB"))

        def on_fill(self, fill: Fill) -> None:
            if self.chance.random() < 0.1:
                self.buy(0.5, limit=fill.price * 0.99, symbol=fill.symbol)

        def on_order(self, order: Order) -> None:
            if order.status == "canceled" and self.chance.random() < 0.05:
                self.sell(0.5, symbol=order.symbol, reduce_only=True)

        def on_bar(self) -> None:
            chance = self.chance
            for _ in range(chance.choice([0, 0, 1, 2])):
                self.send(chance.choice("AB"))
            if chance.random() < 0.1:
                self.positions[chance.choice("AB")].close(chance.choice([1, 0.5, 0.33]))
            if self.mine and chance.random() < 0.2:
                order = chance.choice(self.mine[-6:])
                if order.limit is not None and order.is_open:
                    order.modify(limit=order.limit * chance.uniform(0.995, 1.005))
                else:
                    order.cancel()

        def send(self, symbol: str) -> None:
            chance, close = self.chance, self.data[symbol].close[-1]
            way = chance.choice([1, -1])
            given = prices(chance, close, way)
            size: dict[str, Any] = chance.choice(
                [{"size": chance.randint(1, 40) / 2}, {"value": chance.uniform(10, 4000)},
                 {"percent": chance.uniform(0.1, 2.9)}]
            )  # fmt: skip
            if "sl" in given and chance.random() < 0.3:
                size = {"risk": chance.uniform(0.001, 0.02)}
            asked = terms(chance, given, self.data.ts[-1], self.mine)
            side = self.buy if way > 0 else self.sell
            self.mine.append(side(**size, **given, **asked, symbol=symbol))

    return Anything


def options(chance: Random) -> dict[str, Any]:
    """Return conventions at random."""
    leverage, maintenance = chance.choice([(1, "0"), (3, "0.32"), (3, "0.32")])
    return {
        "leverage": leverage,
        "maintenance": maintenance,
        "fill": chance.choice(["next_open", "next_close", "same_close"]),
        "intrabar": chance.choice(["pessimistic", "optimistic"]),
        "limit_fill": chance.choice(["through", "touch"]),
        "volume_share": chance.choice([None, "0.02", "0.2"]),
        "allow_short": chance.random() < 0.8,
        "session": chance.choice(["00:00-24:00", "09:30-16:00"]),
        "borrow_bps": chance.choice([0, 40_000]),
        "debit_bps": chance.choice([0, 30_000]),
        "funding_bps": chance.choice([0, 30, -30]),
        "taxes": chance.choice([[], {"side": "both", "rates": [["2024-01-02", 30]]}]),
        "commission": chance.choice([[], {"kind": "bps", "bps": 4, "maker_bps": 1, "minimum": 1}]),
        "slippage": chance.choice([[], {"kind": "square_root", "coefficient": "0.01"}]),
        "off_tick": chance.choice(["reject", "round"]),
        "instruments": chance.choice(
            [{}, {"*": {"lot": "0.5", "tick": "0.01"}},
             {"*": {"lot": 1, "tick_ladder": [[0, "0.01"], [100, "0.02"]]}},
             {"*": {"min_notional": 100, "price_limit": "0.02"}}]
        ),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_run_replay_and_live_session_agree(seed: int) -> None:
    chance = Random(seed)
    happening = [
        {"symbol": chance.choice("AB"), "step": chance.randrange(BARS),
         "split": chance.choice(["1", "2", "0.25", "1.5"]), "dividend": chance.choice(["0", "5"])}
        for _ in range(chance.choice([0, 1, 3]))
    ]  # fmt: skip
    market = [split_bars(walk(BARS, seed + place, "1h", symbol), happening)
              for place, symbol in enumerate("AB")]  # fmt: skip
    if has_holes := chance.random() < 0.4:
        market[1] = thinned(market[1], seed)
    chosen = {**options(chance), "actions": told(happening)}

    run, result = perform(anything(seed), market, **chosen)
    nothing = [Bars(bars.symbol, bars.timeframe, *(getattr(bars, name)[:0] for name in COLUMNS))
               for bars in market]  # fmt: skip
    live = Session(spec_of(anything(seed)), nothing, RunConfig.from_dict(chosen), {}, Silence(),
                   in_step=not has_holes)  # fmt: skip
    push_all(live, market)

    check_money(result)
    assert not any(order.is_open for order in result.orders)
    assert live.order_log().to_bytes() == run.orders.to_bytes()
    assert list(live.fills) == list(result.fills)
