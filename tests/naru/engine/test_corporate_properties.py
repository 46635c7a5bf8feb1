"""What must hold for every strategy that lives through splits, dividends and financing."""

from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.bars import COLUMNS, Bars
from naru.engine.config import RunConfig
from naru.engine.replay import Replay
from naru.engine.session import Session
from tests.naru.engine.scenes import START, Silence, perform, spec_of, walk
from tests.naru.engine.test_properties import actions, random_strategy

HOUR = 3_600_000_000_000
events = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["A", "B"]),
        "step": st.integers(0, 59),
        "split": st.sampled_from(["1", "2", "0.25", "1.5", "0.3333333333"]),
        "dividend": st.sampled_from(["0", "0.37", "5"]),
    }
)
options = st.fixed_dictionaries(
    {
        "instruments": st.sampled_from([{}, {"*": {"lot": 1}}]),
        "commission_bps": st.sampled_from([0, 7]),
        "fill": st.sampled_from(["next_open", "next_close", "same_close"]),
        "volume_share": st.sampled_from([None, "0.02"]),
        "leverage": st.sampled_from([1, 3]),
        "maintenance": st.sampled_from(["0", "0.1", "0.3"]),
        "borrow_bps": st.sampled_from([0, 40_000]),
        "debit_bps": st.sampled_from([0, 30_000]),
        "funding_bps": st.sampled_from([0, 30, -30]),
    }
)


def split_bars(bars: Bars, chosen: list[dict[str, Any]]) -> Bars:
    """Let the prices be those of the units that splits leave."""
    columns = {name: np.array(getattr(bars, name)) for name in COLUMNS}
    for event in chosen:
        if event["symbol"] == bars.symbol:
            for name in ("open", "high", "low", "close"):
                columns[name][event["step"] :] /= float(event["split"])
    return Bars(bars.symbol, bars.timeframe, *columns.values())


def thinned(bars: Bars, seed: int) -> Bars:
    """Leave some bars out, the first one never."""
    kept = np.flatnonzero(np.random.default_rng(seed).random(len(bars)) < 0.8)
    kept = np.union1d(kept, [0])
    return Bars(bars.symbol, bars.timeframe, *(getattr(bars, name)[kept] for name in COLUMNS))


def check_money(result: Replay) -> None:
    """What came out is what trades won, and what financing took and dividends gave."""
    won = sum((trade.pnl for trade in result.trades), Decimal(0))
    paid = sum((result.costs[name] for name in ("borrow", "interest", "funding")), Decimal(0))
    expected = float(10_000 + won - paid + result.costs["dividends"])
    # Positions are kept to eight decimals, which a split may round off.
    np.testing.assert_allclose(result.equity[-1], expected, rtol=1e-9, atol=1e-4)
    for symbol, path in result.position_paths.items():
        place = result.symbols.index(symbol)
        held = sum((t.side * t.size for t in result.trades if t.is_open and t.symbol == place),
                   Decimal(0))  # fmt: skip
        assert held == result.positions.get(symbol, Decimal(0))
        assert float(held) == path[-1]


def told(happening: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events as the option ``actions`` has them."""
    return [
        {"symbol": event["symbol"], "ts": START + event["step"] * HOUR, "split": event["split"],
         "dividend": event["dividend"]}
        for event in happening
    ]  # fmt: skip


def push_all(session: Session, market: list[Bars]) -> None:
    """Feed all bars, one instant at a time."""
    rows = {
        bars.symbol: dict(
            zip(
                bars.ts.tolist(),
                np.column_stack([getattr(bars, name) for name in COLUMNS[1:]]).tolist(),
                strict=True,
            )
        )
        for bars in market
    }
    for ts in np.unique(np.concatenate([bars.ts for bars in market])).tolist():
        session.push(ts, {symbol: known[ts] for symbol, known in rows.items() if ts in known})


@settings(max_examples=60, deadline=None)
@given(
    wishes=st.lists(actions, max_size=12),
    happening=st.lists(events, max_size=5),
    chosen=options,
    seed=st.integers(0, 50),
    with_holes=st.booleans(),
)
def test_run_replay_and_live_agree_whatever_happens_to_the_units(
    wishes: list[dict[str, Any]], happening: list[dict[str, Any]], chosen: dict[str, Any],
    seed: int, with_holes: bool,
) -> None:  # fmt: skip
    market = [split_bars(walk(60, seed + place, "1h", symbol), happening)
              for place, symbol in enumerate("AB")]  # fmt: skip
    if with_holes:
        market[1] = thinned(market[1], seed)
    strategy, options = random_strategy(wishes), {**chosen, "actions": told(happening)}

    run, result = perform(strategy, market, **options)
    nothing = [Bars(b.symbol, b.timeframe, *(getattr(b, name)[:0] for name in COLUMNS))
               for b in market]  # fmt: skip
    live = Session(spec_of(strategy), nothing, RunConfig(**options), {}, Silence(),
                   in_step=not with_holes)  # fmt: skip
    push_all(live, market)

    check_money(result)
    assert live.order_log().to_bytes() == run.orders.to_bytes()
    assert list(live.fills) == list(result.fills)
    if chosen["instruments"]:
        assert not any(units % 1 for path in result.position_paths.values() for units in path)
    for order in result.orders:
        assert not order.is_open
        assert order.quantity is None or order.filled <= order.quantity
