"""How fills pair into trades, and how commissions are shared among them, by hand."""

from tests.naru.engine.scenes import bars, fills, play


def test_commissions_are_shared_by_units() -> None:
    market = bars([(100,) * 4] * 3 + [(110,) * 4] * 3)
    script = {
        0: lambda s: s.buy(1), 1: lambda s: s.buy(3), 2: lambda s: s.sell(2), 3: lambda s: s.sell(3)
    }  # fmt: skip
    result = play(script, market, commission_bps=100)

    # Bought for 1 + 3 of commission; 2 are sold for 2.2, and 3 for 3.3 of which one goes short.
    assert [(float(fill.quantity), float(fill.commission)) for fill in result.fills] == [
        (1, 1), (3, 3), (2, 2.2), (3, 3.3),
    ]  # fmt: skip
    told = [
        (trade.side, float(trade.size), float(trade.commission), float(trade.pnl))
        for trade in result.trades
    ]
    assert told == [
        (1, 1, 2.1, 7.9), (1, 1, 2.1, 7.9), (1, 2, 4.2, 15.8), (-1, 1, 1.1, -1.1),
    ]  # fmt: skip
    assert sum(trade.pnl for trade in result.trades) == result.cash - 110 - 10_000


def test_an_exit_for_many_entries_pays_each_its_part() -> None:
    market = bars([(100,) * 4] * 4 + [(110,) * 4] * 2)
    script = {
        **{step: (lambda s, size=step + 1: s.buy(size)) for step in range(3)},
        3: lambda s: s.position.close(),
    }
    result = play(script, market, commission_bps=100)

    assert fills(result)[3] == (4, -1, 6.0, 110.0)
    assert [(float(trade.size), float(trade.commission)) for trade in result.trades] == [
        (1, 2.1), (2, 4.2), (3, 6.3),
    ]  # fmt: skip


def test_a_trade_may_begin_and_end_in_the_first_bar() -> None:
    market = bars([(100,) * 4] * 2)
    script = {0: lambda s: (s.buy(1), s.sell(1))}  # in that order, as nothing is held before
    result = play(script, market, fill="same_close", allow_short=False)

    assert [(trade.exit_step, trade.is_open) for trade in result.trades] == [(0, False)]
    assert len(result.activity.closed.pnl) == 1
