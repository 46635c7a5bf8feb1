"""Options of a run: read from JSON and command lines, checked by name, written back whole."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from naru.engine.config import ConfigError, RunConfig
from naru.engine.costs import KRX_SALE_TAX, SquareRootImpact, VolumeShareSlippage

FULL = {
    "cash": "25000",
    "fill": "next_close",
    "intrabar": "optimistic",
    "limit_fill": "touch",
    "commission_bps": 7.5,
    "commission": [{"kind": "per_unit", "per_unit": "0.005", "minimum": 1}],
    "slippage": [{"kind": "square_root", "coefficient": 0.1}, {"kind": "fixed", "amount": "0.01"}],
    "taxes": ["krx", {"kind": "dated", "side": "both", "rates": [["2020-01-01", 5]]}],
    "volume_share": 0.1,
    "leverage": 3,
    "maintenance": "0.1",
    "instruments": {"X": {"lot": 1, "tick_ladder": [[0, 1], [2000, 5]], "price_limit": 0.3}},
    "actions": [{"symbol": "X", "ts": "2020-08-31T13:30:00Z", "split": 4}],
    "session": {"hours": "09:00-15:30", "offsets": [[0, 540]]},
    "allow_short": "false",
    "seed": "7",
}


def test_options_survive_json() -> None:
    config = RunConfig.from_dict(FULL)
    again = RunConfig.from_dict(json.loads(json.dumps(config.to_dict())))

    assert again == config
    assert RunConfig.from_dict(json.loads(json.dumps(config.given()))) == config
    assert RunConfig().given() == {}
    assert config.commission_bps == Decimal("7.5")
    assert config.taxes[0] == KRX_SALE_TAX
    assert config.actions[0].ts == 1_598_880_600_000_000_000
    assert config.instruments["X"].tick_at(3000) == 5
    assert (config.allow_short, config.seed) == (False, 7)


def test_options_are_kept_where_another_is_changed() -> None:
    config = RunConfig.from_dict(FULL)

    assert replace(config, cash=5).to_dict() == config.to_dict() | {"cash": "5"}


def test_defaults_are_those_of_the_contract() -> None:
    config = RunConfig()

    assert (config.cash, config.fill, config.commission_bps) == (10_000, "next_open", 0)
    assert (config.intrabar, config.leverage, config.risk_free) == ("pessimistic", 1, 0)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"cahs": 1}, "cahs"),
        ({"cash": 0}, "cash"),
        ({"cash": "much"}, "cash"),
        ({"cash": float("nan")}, "cash"),
        ({"cash": True}, "cash"),
        ({"cash": "1" * 40}, "cash"),
        ({"commission_bps": -1}, "commission_bps"),
        ({"fill": "soon"}, "fill"),
        ({"fill": 1}, "fill"),
        ({"commission": 5}, "commission"),
        ({"commission": [5]}, "commission.0"),
        ({"commission": [{"kind": "free"}]}, "commission.0"),
        ({"commission": [{"kind": "bps"}]}, "commission.0"),
        ({"slippage": [{"kind": "bps", "bps": 1, "x": 2}]}, "slippage.0.x"),
        ({"taxes": ["moon"]}, "taxes.0"),
        ({"taxes": [{"side": "sell", "rates": [["soon", 1]]}]}, "taxes.0.rates"),
        ({"taxes": [{"side": "up", "rates": []}]}, "taxes.0.side"),
        ({"taxes": [{"side": "sell", "rates": 5}]}, "taxes.0.rates"),
        ({"taxes": [{"side": "sell", "rates": [5]}]}, "taxes.0.rates"),
        ({"taxes": [{"side": "sell", "rates": [["2020-01-01"]]}]}, "taxes.0.rates"),
        (
            {"taxes": [{"side": "sell", "rates": [["2021-01-01", 1], ["2020-01-01", 1]]}]},
            "taxes.0.rates",
        ),
        ({"instruments": {"X": "nasdaq"}}, "instruments.X"),
        ({"instruments": {"X": {"lot": "1e-9"}}}, "instruments.X.lot"),
        ({"instruments": {"X": {"lot": "1.5e-8"}}}, "instruments.X.lot"),
        ({"instruments": {"X": {"tick": 0}}}, "instruments.X.tick"),
        ({"instruments": {"X": {"price_limit": 0}}}, "instruments.X.price_limit"),
        ({"instruments": {"X": {"min_quantity": -1}}}, "instruments.X.min_quantity"),
        ({"instruments": {"X": {"tick_ladder": [[0]]}}}, "instruments.X.tick_ladder"),
        ({"instruments": {"X": {"tick_ladder": [[9, 5], [0, 1]]}}}, "instruments.X.tick_ladder"),
        (
            {"actions": [{"symbol": "X", "ts": 0, "splits": 2, "zoo": 1}]},
            "actions.0.splits",
        ),
        ({"instruments": {"X": {"size": 1}}}, "instruments.X.size"),
        ({"instruments": []}, "instruments"),
        ({"actions": [{"symbol": "X"}]}, "actions.0"),
        ({"actions": [{"symbol": "X", "ts": "when"}]}, "actions.0.ts"),
        ({"session": "15:30-09:00"}, "session"),
        ({"session": {"hours": "09:00-15:30", "zone": "x"}}, "session"),
        ({"leverage": 10, "maintenance": "0.1"}, "maintenance"),
        ({"seed": 1.5}, "seed"),
        ({"benchmark": 5}, "benchmark"),
        ({"allow_short": "perhaps"}, "allow_short"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_dict(options)

    assert caught.value.field == field


def test_one_part_may_stand_without_its_list() -> None:
    alone = RunConfig.from_dict(
        {
            "taxes": "krx",
            "slippage": {"kind": "fixed", "amount": "0.01"},
            "actions": {"symbol": "X", "ts": "2020-08-31", "split": 4},
        }
    )

    assert alone.taxes == (KRX_SALE_TAX,)
    assert alone.actions[0].split == 4
    assert alone == RunConfig.from_dict(alone.to_dict())


def test_impact_grows_with_the_share_of_volume() -> None:
    root, share = SquareRootImpact(Decimal("0.1")), VolumeShareSlippage(Decimal("0.1"))

    assert root.fraction(100, 25, 100) == pytest.approx(0.05)
    assert share.fraction(100, 50, 100) == pytest.approx(0.025)
    for part in (root, share):  # more than there is counts as all of it, and so does no volume
        assert part.fraction(100, 400, 100) == part.fraction(100, 25, 0) == pytest.approx(0.1)
