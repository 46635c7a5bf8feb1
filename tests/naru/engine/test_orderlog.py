"""The order log's bytes: canonical, versioned, and believed in nothing."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.engine.config import RunConfig
from naru.engine.orderlog import Action, Mode, OrderLog
from naru.engine.replay import reconcile, replay
from naru.engine.run import Claim
from naru.errors import NaruError, OrderLogError, ReconciliationError
from tests.naru.engine.scenes import bars, fills, flat, perform, scripted, walk
from tests.naru.engine.test_identity import OPTIONS, Everything

SCRIPT = {
    0: lambda s: s.buy(5, limit=99, sl=90, tp=120, tag="grüße"),
    1: lambda s: s.orders[0].cancel(),
    2: lambda s: s.target(percent=0.5),
}
RUN, REPLAY = perform(scripted(SCRIPT), flat(6))
DATA = RUN.orders.to_bytes()


def changed(name: str, value: object, row: int = 0) -> bytes:
    records = RUN.orders.records.copy()
    records[name][row] = value
    return OrderLog(RUN.orders.start, records, RUN.orders.tags).to_bytes()


def test_bytes_come_back_as_they_went() -> None:
    again = OrderLog.from_bytes(DATA)

    assert again.to_bytes() == DATA
    assert again.tags == ("", "grüße")
    assert again.records.tolist()[0][:5] == RUN.orders.records.tolist()[0][:5]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", -1), ("step", 5), ("action", 2), ("kind", 5), ("mode", 8), ("tif", 5), ("at", 1),
        ("flags", 8), ("side", 2), ("side", 0), ("reserved", 1), ("symbol", -1), ("ref", 0),
        ("parent", 0), ("oco", 0), ("tag", 2), ("tag", -1), ("size", np.nan), ("size", np.inf),
        ("size", -1.0), ("size", 1e300), ("limit", np.nan), ("limit", -5.0), ("stop", 5.0),
        ("sl", np.inf), ("trail", 1.0),
    ],
)  # fmt: skip
def test_records_that_no_strategy_writes_are_refused(name: str, value: object) -> None:
    with pytest.raises(OrderLogError):
        OrderLog.from_bytes(changed(name, value))


def test_a_cancellation_names_an_earlier_order() -> None:
    assert RUN.orders.records["action"][1] == Action.CANCEL
    for ref in (-1, 3, 99):
        with pytest.raises(OrderLogError, match="ref"):
            OrderLog.from_bytes(changed("ref", ref, row=1))


@pytest.mark.parametrize(
    ("name", "value"), [("limit", np.nan), ("trail", 1.0), ("sl", 1.0), ("tp", 1.0), ("ref", 7)]
)
def test_a_change_names_an_order_and_a_price(name: str, value: float) -> None:
    script = {0: lambda s: s.buy(5, limit=90), 1: lambda s: s.orders[0].modify(limit=91)}
    run, _ = perform(scripted(script), flat(4))
    assert run.orders.records["action"].tolist() == [Action.PLACE, Action.CHANGE]
    records = run.orders.records.copy()
    records[name][1] = value

    with pytest.raises(OrderLogError):
        OrderLog.from_bytes(OrderLog(0, records, ("",)).to_bytes())


def test_a_size_may_be_changed_alone_and_must_be_one() -> None:
    script = {0: lambda s: s.buy(5, limit=90), 1: lambda s: s.orders[0].modify(size=7)}
    records = perform(scripted(script), flat(4))[0].orders.records
    assert records["size"].tolist() == [5.0, 7.0]
    for size in (-1.0, 1e-300, 0.0):
        wrong = records.copy()
        wrong["size"][1] = size
        with pytest.raises(OrderLogError, match="changes nothing" if size == 0 else "positive"):
            OrderLog.from_bytes(OrderLog(0, wrong, ("",)).to_bytes())
    with pytest.raises(OrderLogError, match="has a size"):
        OrderLog.from_bytes(changed("size", 1.0, row=1))


def test_a_log_that_resizes_a_target_or_a_bracket_changes_nothing() -> None:
    script = {
        0: lambda s: s.buy(5, sl=90),
        1: lambda s: s.buy(1, limit=50),
        2: lambda s: s.orders[-1].modify(size=2),
    }
    run, plain = perform(scripted(script), flat(6))
    records = run.orders.records.copy()
    records["ref"][2] = 1  # the bracket's stop-loss
    forged = replay([flat(6)], OrderLog(0, records, ("",)), RunConfig())
    assert forged.orders[1].quantity is None
    assert forged.cash == plain.cash


def test_targets_are_plain() -> None:
    assert RUN.orders.records["mode"][2] == Mode.TARGET_PERCENT
    with pytest.raises(OrderLogError, match="plain"):
        OrderLog.from_bytes(changed("sl", 50.0, row=2))


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"NARUOL01", DATA[:-1], DATA + b"\0", b"NARUOL02" + DATA[8:], DATA[:30]),
        *(DATA.replace("ü".encode(), control) for control in (b"\r\n", b"\xc2\x85")),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(OrderLogError):
        OrderLog.from_bytes(data)


def test_absent_prices_have_one_spelling() -> None:
    odd = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    with pytest.raises(OrderLogError, match="own way"):
        OrderLog.from_bytes(changed("stop", odd))


def test_no_change_gives_an_order_a_price_of_another_kind() -> None:
    # Of a limit nothing slips: a stop that got one would be filled too well.
    script = {0: lambda s: s.buy(1, stop=105), 1: lambda s: s.orders[0].modify(stop=106)}
    asked = perform(scripted(script), flat(4))[0].orders
    records = asked.records.copy()
    records["limit"][1] = 200.0
    market = bars([(100,) * 4] * 2 + [(100, 110, 100, 110)] * 2)
    log = OrderLog.from_bytes(OrderLog(asked.start, records, asked.tags).to_bytes())
    result = replay([market], log, RunConfig(slippage_bps=100))

    assert fills(result) == [(2, 1, 1.0, 107.06)]


def test_a_log_must_fit_its_bars() -> None:
    with pytest.raises(OrderLogError, match="after the last bar"):
        replay([flat(2)], RUN.orders, RunConfig())
    with pytest.raises(OrderLogError, match="starts after the last bar"):
        replay([flat(2)], OrderLog(3, RUN.orders.records[:0], ("",)), RunConfig())
    with pytest.raises(OrderLogError, match="symbol"):
        replay([flat(6)], OrderLog.from_bytes(changed("symbol", 1)), RunConfig())


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(DATA) - 1), byte=st.integers(0, 255))
def test_a_damaged_log_is_refused_or_replays_soundly(place: int, byte: int) -> None:
    data = DATA[:place] + bytes([byte]) + DATA[place + 1 :]
    try:
        log = OrderLog.from_bytes(data)
        result = replay([flat(6)], log, RunConfig())
    except NaruError:
        return
    assert log.to_bytes() == data
    assert np.isfinite(result.equity).all()


LIVELY = walk(300, 8)
LIVELY_RUN, _ = perform(Everything, LIVELY, **OPTIONS)
LIVELY_DATA = LIVELY_RUN.orders.to_bytes()


@settings(max_examples=100, deadline=None)
@given(
    place=st.integers(0, len(LIVELY_DATA) - 1),
    bits=st.integers(1, 255),
)
def test_a_damaged_lively_log_is_refused_or_replays_soundly(place: int, bits: int) -> None:
    damaged = bytearray(LIVELY_DATA)
    damaged[place] ^= bits
    try:
        log = OrderLog.from_bytes(bytes(damaged))
        result = replay([LIVELY], log, RunConfig(**OPTIONS))
    except NaruError:
        return
    assert np.isfinite(result.equity).all()


@pytest.mark.parametrize(
    "claim",
    [
        {"cash": RUN.claim().cash + 1},
        {"fill_count": 7},
        {"positions": {}},
        {"tolerance": 0.5, "cash": RUN.claim().cash + 1},
    ],
)
def test_a_claim_that_differs_fails_loudly(claim: dict[str, object]) -> None:
    with pytest.raises(ReconciliationError):
        reconcile(REPLAY, Claim.from_dict(RUN.claim().to_dict() | claim))


@pytest.mark.parametrize("wrong", [{"cash": "NaN"}, {"cash": "x"}, {"tolerance": float("inf")}])
def test_a_claim_of_no_numbers_is_not_read(wrong: dict[str, object]) -> None:
    with pytest.raises((ArithmeticError, ValueError)):
        Claim.from_dict(RUN.claim().to_dict() | wrong)


def test_a_claim_survives_json() -> None:
    assert Claim.from_dict(RUN.claim().to_dict()) == RUN.claim()
    reconcile(REPLAY, RUN.claim())


@pytest.mark.parametrize(
    ("cash", "units", "tolerance", "agrees"),
    [
        # Of 10,000 in equity and 200 units a millionth is 0.01 and 0.0002, and no more is allowed.
        ("0.009", "0", 1e-6, True), ("0.011", "0", 1e-6, False), ("0.011", "0", 1e-3, False),
        ("0", "0.00019", 1e-6, True), ("0", "0.00021", 1e-6, False), ("0", "0.00019", 0, False),
        ("0.0009", "0.00001", 1e-7, True), ("0.0011", "0", 1e-7, False),
    ],
)  # fmt: skip
def test_floats_may_be_off_by_a_bounded_fraction(
    cash: str, units: str, tolerance: float, agrees: bool
) -> None:
    run, result = perform(scripted({0: lambda s: s.buy(200)}), flat(3, 10.0))
    off = Claim(run.claim().cash + Decimal(cash), {"X": 200 + Decimal(units)}, 1, tolerance)

    if agrees:
        reconcile(result, off)
    else:
        with pytest.raises(ReconciliationError):
            reconcile(result, off)
