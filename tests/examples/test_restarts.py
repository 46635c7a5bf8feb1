"""Examples go on after a restart as if there had been none: what they remember is in ``state``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.run import run
from naru.engine.session import Carry, Session
from naru.engine.spec import load_strategy
from tests.examples.test_examples import CASES, read
from tests.naru.engine.scenes import Silence
from tests.naru.engine.test_live import push_from, upto

EVENT_STYLE = sorted(set(CASES) - {"inverse_volatility", "sma_cross_vector"})
ROWS = {"multi_timeframe": 2_500, "opening_range": 2_500, "breakout_gates": 1_200}


def spec_of(name: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(read(name), name, "exec"), namespace)
    return load_strategy(namespace)


def follow(
    name: str, bars: Sequence[Bars], config: RunConfig, cuts: list[int], sink: Silence
) -> Session:
    """Feed the bars one by one, and start anew at each of the instants."""
    spec, start = spec_of(name), 0
    in_step = len(bars) == 1
    session = Session(spec, upto(bars, 0), config, {}, sink, in_step=in_step)
    for cut in cuts:
        push_from(session, bars, start, cut)
        left, start = session.carry(), cut
        carry = Carry(left.orders, left.state, left.step)
        session = Session(spec, upto(bars, cut), config, {}, sink, carry, in_step=in_step)
    push_from(session, bars, start, 2**62)
    return session


@pytest.mark.parametrize("name", EVENT_STYLE)
def test_a_restart_changes_nothing(market, name):
    case = CASES[name]
    bars = market(*case.data, since=case.since, rows=ROWS.get(name, 700))
    config = RunConfig.from_dict(case.options or {})
    told, told_live = Silence(), Silence()
    whole = run(spec_of(name), bars, config, {}, told)
    instants = np.unique(np.concatenate([each.ts for each in bars]))
    cuts = instants[[len(instants) * part // 8 for part in (3, 5, 6, 7)]].tolist()

    session = follow(name, bars, config, cuts, told_live)

    assert len(whole.orders)
    assert session.order_log().to_bytes() == whole.orders.to_bytes()
    # A live session has no last bar: it does not look back, and tells all else.
    count = len(told_live.logs)
    assert told_live.logs == told.logs[:count]
    assert (len(told.logs) > count) is ("def on_stop" in read(name))
