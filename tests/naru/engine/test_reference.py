"""The engine and a plain simulator of the written conventions agree on every fill and every end."""

import random
from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

from naru import Strategy
from naru.bars import Bars
from naru.engine.replay import Replay
from tests.naru.engine.reference import Simulator
from tests.naru.engine.scenes import bars, perform

Ask = tuple[int, str, str, dict[str, Any]]  # step, what, label, arguments
KINDS = ("market", "limit", "stop", "stop_limit", "trail")
OPTIONS: dict[str, Sequence[Any]] = {
    "intrabar": ("pessimistic", "optimistic"),
    "limit_fill": ("through", "touch"),
    "fill": ("next_open", "next_open", "next_close"),
    "commission_bps": (0, 10, 7.5),
    "slippage_bps": (0, 5),
    "leverage": (1, 1, 3),
    "allow_short": (True, True, False),
    "volume_share": (None, None, 0.1, 0.5),
    "commission": (
        (),
        ({"kind": "bps", "bps": 20, "maker_bps": 5, "minimum": 1},),
        ({"kind": "per_unit", "per_unit": 0.01, "minimum": 2},),
    ),
}


def quarters(chance: random.Random, count: int) -> Bars:
    """Make bars on a coarse grid, where prices and levels are often the same, with gaps."""
    rows, price = [], 100.0
    for _ in range(count):
        opened = price + chance.gauss(0, 2.5 if chance.random() < 0.3 else 0.3)
        close = opened + chance.gauss(0, 1.5)
        high = max(opened, close) + abs(chance.gauss(0, 1))
        low = min(opened, close) - abs(chance.gauss(0, 1))
        row = [max(2.0, round(each * 4) / 4) for each in (opened, high, low, close)]
        rows.append([*row, float(chance.randrange(5, 60))])
        price = max(20.0, row[3])
    return bars(rows, timeframe="6h")


def script(chance: random.Random, market: Bars) -> list[Ask]:
    """Ask for anything, near the prices of the moment."""
    asks: list[Ask] = []
    labels: list[str] = []
    for step, close in enumerate(market.close[:-1].tolist()):
        if chance.random() > 0.25:
            continue
        if labels and chance.random() < 0.15:
            asks.append((step, "cancel", chance.choice(labels), {}))
            continue
        labels.append(f"order {len(labels)}")
        if chance.random() < 0.1:
            asks.append((step, "close", labels[-1], {}))
        else:
            asks.append((step, "order", labels[-1], _order(chance, market, step, close, labels)))
    return asks


def _order(
    chance: random.Random, market: Bars, step: int, close: float, labels: list[str]
) -> dict[str, Any]:
    side, kind = chance.choice((1, -1)), chance.choice(KINDS)
    asked: dict[str, Any] = {"side": side, "size": chance.choice((1.0, 5.0, 10.0, 33.5, 60.0))}

    def near(price: float, least: float, most: float) -> float:
        return round((price + chance.uniform(least, most)) * 4) / 4

    if kind in ("limit", "stop_limit"):
        asked["limit"] = near(close, -3, 3)
    if kind in ("stop", "stop_limit"):
        asked["stop"] = near(close, -3, 3)
    if kind == "trail":
        asked |= chance.choice(({"trail": near(0, 0.5, 4)}, {"trail_percent": 0.02}))
    meant, far = asked.get("limit", asked.get("stop", close)), chance.choice((1.5, 3, 6))
    if chance.random() < 0.4:
        asked["sl"] = near(meant, *sorted((-side * 0.25, -side * far)))
    elif kind != "trail" and chance.random() < 0.2:
        asked["sl_trail"] = near(0, 0.5, 4)
    if chance.random() < 0.4:
        asked["tp"] = near(meant, *sorted((side * 0.25, side * far)))
    asked["tif"] = chance.choice(("gtc", "gtc", "gtc", "day", "gtd", "ioc", "fok"))
    if asked["tif"] == "gtd":
        asked["until"] = int(market.ts[min(step + chance.randrange(1, 6), len(market) - 1)])
    if kind == "limit" and asked["tif"] not in ("ioc", "fok") and chance.random() < 0.2:
        asked["post_only"] = True
    if chance.random() < 0.1:
        asked["reduce_only"] = True
    for name in ("oco", "parent"):
        if len(labels) > 1 and chance.random() < 0.2:
            asked[name] = chance.choice(labels[-4:-1])
    return asked


def by_engine(
    market: Bars | list[Bars], asks: list[Ask], options: dict[str, Any]
) -> tuple[Replay, list[str]]:
    """Return the trusted replay, and the label of each order by its number."""
    labels: dict[int, str] = {}

    class Scripted(Strategy):
        def init(self) -> None:
            self.placed: dict[str, Any] = {}

        def on_bar(self) -> None:
            for step, what, label, asked in asks:
                if step == len(self.data) - 1:
                    self.ask(what, label, dict(asked))

        def ask(self, what: str, label: str, asked: dict[str, Any]) -> None:
            if what == "cancel":
                self.placed[label].cancel()
                return
            for name in {"oco", "parent"} & set(asked):
                asked[name] = self.placed[asked[name]]
            if what == "close":
                order = self.position.close()
            else:
                order = (self.buy if asked.pop("side") > 0 else self.sell)(**asked)
            self.placed[label] = order
            labels[order.id] = label
            for name, child in (("sl", order.sl), ("tp", order.tp)):
                if child is not None:
                    labels[child.id] = f"{label}/{name}"

    _, outcome = perform(Scripted, market, **options)
    return outcome, [labels[number] for number in sorted(labels)]


def by_reference(market: Bars, asks: list[Ask], options: dict[str, Any]) -> Simulator:
    simulator = Simulator(market, options)
    for now in range(len(market)):
        simulator.step(now)
        for step, what, label, asked in asks:
            if step != now:
                continue
            wanted: dict[str, Any] = {
                name: simulator.find(value) if name in ("oco", "parent") else value
                for name, value in asked.items()
            }
            if what == "cancel":
                simulator.cancel(label)
            elif what == "close":
                simulator.close(label, now)
            else:
                simulator.order(label, now, **wanted)
    simulator.finish()
    return simulator


@pytest.mark.parametrize("seed", range(150))
def test_every_fill_and_every_end_is_as_the_conventions_say(seed: int) -> None:
    chance = random.Random(seed)
    market = quarters(chance, 40)
    asks = script(chance, market)
    options = {name: chance.choice(values) for name, values in OPTIONS.items()}

    outcome, labels = by_engine(market, asks, options)
    with localcontext(prec=50):
        reference = by_reference(market, asks, options)

    assert [
        (each.step, labels[each.order_id], each.side, each.quantity, each.price, each.commission)
        for each in outcome.fills
    ] == reference.fills
    assert [
        (label, order.status, order.reason)
        for label, order in zip(labels, outcome.orders, strict=True)
    ] == [(wish.label, wish.status, wish.reason) for wish in reference.wishes]
    np.testing.assert_allclose(outcome.cash_path, reference.cash_path, rtol=0, atol=1e-7)
    assert outcome.cash == reference.cash
    assert outcome.positions.get("X", Decimal(0)) == reference.units


def slower(fine: Bars, count: int) -> Bars:
    """Make bars of so many bars each."""
    firsts = range(0, len(fine), count)
    rows = [
        (fine.open[first], fine.high[first : first + count].max(),
         fine.low[first : first + count].min(), fine.close[first + count - 1])
        for first in firsts
    ]  # fmt: skip
    return bars(rows, timeframe="1d")


def timeless(asks: list[Ask]) -> list[Ask]:
    """Leave out what counts bars: lifetimes, trails, and market orders that wait for a fill."""
    kept: list[Ask] = []
    for step, what, label, asked in asks:
        priced = {"limit", "stop"} & set(asked)
        known = {other for _, does, other, _ in kept if does != "cancel"}
        wanted = {
            name: value
            for name, value in asked.items()
            if name not in ("tif", "until", "post_only", "sl_trail")
            and (name != "parent" or (priced and value in known))
            and (name != "oco" or value in known)
        }
        if "trail" not in asked and "trail_percent" not in asked:
            kept.append((step, what, label, wanted))
    known = {label for _, what, label, _ in kept if what != "cancel"}
    return [ask for ask in kept if ask[2] in known]


@pytest.mark.parametrize("seed", range(60))
def test_finer_bars_decide_as_a_run_on_them_does(seed: int) -> None:
    chance = random.Random(seed)
    fine = quarters(chance, 160)
    market = slower(fine, 4)
    asks = timeless(script(chance, market))
    options = {name: chance.choice(values) for name, values in OPTIONS.items()}
    options |= {"fill": "next_open", "volume_share": None}

    decided, labels = by_engine([market, fine], asks, options)
    late = [(4 * step + 3, *rest) for step, *rest in asks]
    whole, _ = by_engine(fine, late, options)  # type: ignore[arg-type]

    def facts(outcome: Replay, count: int) -> list[Any]:
        return [
            (fill.step // count, labels[fill.order_id], fill.side, fill.quantity, fill.price)
            for fill in outcome.fills
        ]

    assert facts(decided, 1) == facts(whole, 4)
