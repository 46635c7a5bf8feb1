"""Options of a run, as people type them."""

from naru.cli.run_options import read_options
from naru.engine.config import RunConfig


def test_what_lists_parts_may_be_given_part_by_part() -> None:
    first, second = (f'{{"symbol": "X", "ts": "2020-01-0{day}", "split": 2}}' for day in (1, 2))
    options = read_options(
        [("actions", first), ("actions", f"[{second}]"), ("taxes", "krx"), ("leverage", "2.5")]
    )

    config = RunConfig.from_dict(options)
    assert [action.ts for action in config.actions] == [
        1_577_836_800_000_000_000,
        1_577_923_200_000_000_000,
    ]
    assert len(config.taxes) == 1
    assert options["leverage"] == "2.5"


def test_of_other_options_the_last_one_counts() -> None:
    given = [("cash", "1"), ("instruments", '{"A": {}}'), ("cash", "2"), ("session", "09:00-15:30")]
    assert read_options(given) == {"cash": 2, "instruments": {"A": {}}, "session": "09:00-15:30"}
