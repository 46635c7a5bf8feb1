"""Random markets and random scripts, and what the engine and the simulator make of them."""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from naru import Strategy
from naru.bars import Bars
from naru.engine.replay import Replay
from tests.naru.engine.reference import Simulator
from tests.naru.engine.reference_account import Account
from tests.naru.engine.scenes import bars, perform

Ask = tuple[int, str, str, dict[str, Any]]  # step, what, label, arguments
Series = dict[str, Bars]
PRICES = ("open", "high", "low", "close", "volume")
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
HOLDING: dict[str, Sequence[Any]] = {
    "borrow_bps": (0, 800),
    "debit_bps": (0, 500),
    "funding_bps": (0, 0, 2),
    "maintenance": ("0", "0.2", "0.32"),
    "leverage": (1, 3, 3),
    "instruments": (None, {"*": {"tick": "0.25"}}),
    "fill": ("next_open", "next_open", "next_close", "same_close"),
    "session": (None, {"hours": "00:00-24:00", "offsets": [[0, 540]]}),
    "taxes": (
        (),
        ({"kind": "dated", "side": "sell", "rates": [["2024-01-03", 15], ["2024-01-06", 20]]},),
    ),
}


def quarters(
    chance: random.Random, count: int, symbol: str = "X",
    splits: Mapping[int, float] | None = None, swing: float = 1.0,
) -> Bars:  # fmt: skip
    """Make bars on a coarse grid, where prices and levels are often the same, with gaps."""
    rows, price = [], 100.0
    for row in range(count):
        price /= (splits or {}).get(row, 1.0)
        opened = price + chance.gauss(0, 2.5 if chance.random() < 0.3 else 0.3)
        close = opened + chance.gauss(0, 1.5) * swing
        high = max(opened, close) + abs(chance.gauss(0, 1))
        low = min(opened, close) - abs(chance.gauss(0, 1))
        prices = [max(2.0, round(each * 4) / 4) for each in (opened, high, low, close)]
        rows.append([*prices, float(chance.randrange(5, 60))])
        price = max(20.0, prices[3])
    return bars(rows, symbol, timeframe="6h")


def several(chance: random.Random, count: int) -> tuple[Series, list[dict[str, Any]]]:
    """Make one to three instruments that miss bars, and their splits and dividends."""
    series: Series = {}
    actions: list[dict[str, Any]] = []
    night = chance.randrange(1, count)
    shut = set(range(night, night + chance.randrange(7)))
    for symbol in ("X", "Y", "Z")[: chance.randrange(1, 4)]:
        splits = {}
        if chance.random() < 0.4:
            splits[chance.randrange(1, count)] = chance.choice((2.0, 0.5))
        full = quarters(chance, count, symbol, splits, chance.choice((1.0, 4.0)))
        changes: list[tuple[int, str, float]] = [(row, "split", by) for row, by in splits.items()]
        if chance.random() < 0.4:
            changes.append((chance.randrange(1, count), "dividend", chance.choice((0.25, 1.5))))
        for row, what, amount in changes:
            instant = int(full.ts[row]) - chance.choice((0, 3_600_000_000_000))
            actions.append({"symbol": symbol, "ts": instant, what: amount})
        missing = chance.choice((0.0, 0.2))
        keep = [row not in shut and chance.random() >= missing for row in range(count)]
        keep[-1] = True
        columns = (getattr(full, name)[keep] for name in ("ts", *PRICES))
        series[symbol] = Bars(symbol, "6h", *(np.ascontiguousarray(each) for each in columns))
    return series, actions


def script(chance: random.Random, series: Series, *, wide: bool = False) -> list[Ask]:
    """Ask for anything, near the prices of the moment."""
    asks: list[Ask] = []
    labels: list[str] = []
    orders: dict[str, dict[str, Any]] = {}
    account = Account(series, {})
    for step in range(len(account.steps) - 1):
        if chance.random() > (0.4 if wide else 0.25):
            continue
        if labels and chance.random() < 0.15:
            asks.append((step, "cancel", chance.choice(labels), {}))
            continue
        if wide and orders and chance.random() < 0.2:
            asks.append((step, "change", *_change(chance, orders, account, step)))
            continue
        labels.append(f"order {len(labels)}")
        symbol = chance.choice(list(series)) if wide else "X"
        if chance.random() < 0.1:
            asks.append((step, "close", labels[-1], {"symbol": symbol}))
        elif wide and chance.random() < 0.15:
            size = chance.choice((-150.0, -10.0, 0.0, 10.0, 33.5, 150.0))
            asks.append((step, "target", labels[-1], {"symbol": symbol, "size": size}))
        else:
            close = account.newest(symbol, step) or 100.0
            asked = _order(chance, account.steps, step, close, labels)
            if wide:
                _widen(chance, asked, account.steps, step)
            orders[labels[-1]] = asked | {"symbol": symbol}
            asks.append((step, "order", labels[-1], orders[labels[-1]]))
    return asks


def _change(
    chance: random.Random, orders: dict[str, dict[str, Any]], account: Account, step: int
) -> tuple[str, dict[str, Any]]:
    """Return an order, or one of a bracket, and what it shall have instead."""
    label = chance.choice(list(orders)[-5:])
    asked = orders[label]
    close = account.newest(asked["symbol"], step) or 100.0
    price = max(0.25, round((close + chance.uniform(-3, 3)) * 4) / 4)
    ways: list[tuple[str, dict[str, Any]]] = [(label, {"size": chance.choice((2.0, 40.0, 80.0))})]
    ways += [(label, {name: price}) for name in ("limit", "stop") if name in asked]
    if "sl" in asked:
        ways.append((f"{label}/sl", {"stop": price}))
    if "tp" in asked:
        ways.append((f"{label}/tp", {"limit": price}))
    return chance.choice(ways)


def _order(
    chance: random.Random, steps: list[int], step: int, close: float, labels: list[str]
) -> dict[str, Any]:
    side, kind = chance.choice((1, -1)), chance.choice(KINDS)
    asked: dict[str, Any] = {"side": side, "size": chance.choice((1.0, 5.0, 10.0, 33.5, 60.0))}

    def near(price: float, least: float, most: float) -> float:
        return max(0.25, round((price + chance.uniform(least, most)) * 4) / 4)

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
        asked["until"] = steps[min(step + chance.randrange(1, 6), len(steps) - 1)]
    if kind == "limit" and asked["tif"] not in ("ioc", "fok") and chance.random() < 0.2:
        asked["post_only"] = True
    if chance.random() < 0.1:
        asked["reduce_only"] = True
    for name in ("oco", "parent"):
        if len(labels) > 1 and chance.random() < 0.2:
            asked[name] = chance.choice(labels[-4:-1])
    return asked


def in_money(chance: random.Random, asks: list[Ask]) -> list[Ask]:
    """Let whole units, money and parts of equity be asked for instead."""
    for _, what, _, asked in asks:
        size = asked.pop("size", None)
        if what == "target" and chance.random() < 0.7:
            asked["percent"] = chance.choice((-0.4, 0.0, 0.3, 0.9))
        elif what == "order" and chance.random() < 0.7:
            asked.update(chance.choice(({"value": 1234.5}, {"percent": 0.3}, {"percent": 0.8})))
        elif size is not None:
            asked["size"] = float(round(size))
    return asks


def _widen(chance: random.Random, asked: dict[str, Any], steps: list[int], step: int) -> None:
    """Ask for more than the account carries, for moments of the day, and for odd instants."""
    if chance.random() < 0.5:
        asked["size"] = chance.choice((100.0, 150.0, 250.0))
    if "sl" in asked and chance.random() < 0.5:
        del asked["sl"]
    if not {"limit", "stop", "trail", "trail_percent"} & set(asked) and chance.random() < 0.3:
        asked["at"] = chance.choice(("open", "close"))
    if "until" in asked and chance.random() < 0.5:
        asked["until"] = steps[step] + chance.randrange(1, 30 * 3600) * 1_000_000_000


def asking(asks: list[Ask], labels: dict[int, str]) -> type[Strategy]:
    """Return a strategy that follows a script, and notes which number each order has."""

    class Scripted(Strategy):
        def init(self) -> None:
            self.placed: dict[str, Any] = {}
            self.passed = -1

        def on_bar(self) -> None:
            self.passed += 1
            for step, what, label, asked in asks:
                if step == self.passed:
                    self.ask(what, label, dict(asked))

        def ask(self, what: str, label: str, asked: dict[str, Any]) -> None:
            if what == "cancel":
                self.placed[label].cancel()
                return
            if what == "change":
                self.placed[label].modify(**asked)
                return
            for name in {"oco", "parent"} & set(asked):
                asked[name] = self.placed[asked[name]]
            if what == "close":
                order = self.positions[asked["symbol"]].close()
            elif what == "target":
                order = self.target(**asked)
            else:
                order = (self.buy if asked.pop("side") > 0 else self.sell)(**asked)
            self.placed[label] = order
            labels[order.id] = label
            for name, child in (("sl", order.sl), ("tp", order.tp)):
                if child is not None:
                    labels[child.id] = f"{label}/{name}"
                    self.placed[f"{label}/{name}"] = child

    return Scripted


def by_engine(
    series: Sequence[Bars], asks: list[Ask], options: dict[str, Any]
) -> tuple[Replay, dict[int, str]]:
    """Return the trusted replay, and the label of each order by its number."""
    labels: dict[int, str] = {}
    _, outcome = perform(asking(asks, labels), series, **options)
    return outcome, labels


def by_reference(series: Series, asks: list[Ask], options: dict[str, Any]) -> Simulator:
    """Return the simulator after the last bar."""
    simulator = Simulator(series, options)
    for now in range(len(simulator.account.steps)):
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
            elif what == "change":
                simulator.change(label, now, **wanted)
            elif what == "close":
                simulator.close(label, wanted["symbol"], now)
            elif what == "target":
                simulator.target(label, step=now, **wanted)
            else:
                simulator.order(label, step=now, **wanted)
        simulator.asked_at_close(now)
    simulator.finish()
    return simulator


def drawn(chance: random.Random, choices: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return options, each one of those that it can be; none is the engine's own."""
    options = {name: chance.choice(values) for name, values in choices.items()}
    return {name: value for name, value in options.items() if value is not None}


def compared(
    series: Series, asks: list[Ask], options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the engine and the simulator say came of a script."""
    outcome, labels = by_engine(list(series.values()), asks, options)
    with localcontext(prec=50):
        reference = by_reference(series, asks, options)
    fills = [
        (each.step, labels.get(each.order_id, "forced"), each.side, each.quantity, each.price,
         each.commission)
        for each in outcome.fills
    ]  # fmt: skip
    orders = [each for each in outcome.orders if each.id >= 0]
    wishes = [each for each in reference.wishes if not each.is_forced]
    engine = {
        "fills": fills,
        "ends": [(labels[each.id], each.status, each.reason) for each in orders],
        "cash": outcome.cash,
        "units": {name: outcome.positions.get(name, Decimal(0)) for name in series},
        "cash_path": [round(each, 6) for each in outcome.cash_path.tolist()],
    }
    return engine, {
        "fills": reference.fills,
        "ends": [(each.label, each.status, each.reason) for each in wishes],
        "cash": reference.account.cash,
        "units": reference.account.units,
        "cash_path": [round(each, 6) for each in reference.cash_path],
    }
