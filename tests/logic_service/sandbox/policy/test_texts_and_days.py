"""What strategies say through ``logging`` and ``warnings``, and the zones and days they know."""

import datetime
import textwrap
import zoneinfo
from typing import Any

import pytest

from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library

LIBRARY = Library()


def run(source: str) -> tuple[dict[str, Any], list[str]]:
    """Run checked source; return its globals and what it wrote."""
    compiled = compile_source(textwrap.dedent(source), LIBRARY.offered)
    assert compiled.code is not None, compiled.problems
    written: list[str] = []
    namespace = LIBRARY.namespace(0, written.append)
    exec(compiled.code, namespace)
    return namespace, written


def test_loggers_write_to_the_runs_log_from_info_on() -> None:
    _, written = run("""
        import logging
        logging.basicConfig(format="%(message)s", handlers=[])
        logger = logging.getLogger(__name__)
        logger.debug("unseen")
        logger.info("bought %d at %.2f", 3, 1.5)
        logger.warning("%(what)s", {"what": "late"})
        logging.error("no arguments: 100%")
        logger.info("%d", "not a number")
        logger.log(logging.CRITICAL, "stop")
    """)

    assert written == [
        "INFO bought 3 at 1.50",
        "WARNING late",
        "ERROR no arguments: 100%",
        "INFO %d ('not a number',)",
        "CRITICAL stop",
    ]


def test_levels_are_set_for_one_logger_or_for_all() -> None:
    _, written = run("""
        import logging
        logging.basicConfig(level="WARNING")
        loud, quiet = logging.getLogger("loud"), logging.getLogger("quiet")
        loud.setLevel(logging.DEBUG)
        assert loud is logging.getLogger("loud")
        for logger in (loud, quiet):
            logger.debug("debug of " + logger.name)
            logger.info("info of " + logger.name)
        try:
            quiet.setLevel("CHATTY")
        except ValueError as error:
            quiet.exception("wrong level")
    """)

    assert written == [
        "DEBUG debug of loud",
        "INFO info of loud",
        (
            "ERROR wrong level (ValueError: unknown level 'CHATTY': "
            "write one of NOTSET, DEBUG, INFO, WARNING, ERROR, CRITICAL)"
        ),
    ]


def test_levels_end_with_their_run() -> None:
    run("import logging; logging.basicConfig(level='ERROR'); logging.getLogger('a').setLevel(50)")

    _, written = run("import logging; logging.getLogger('a').info('heard')")

    assert written == ["INFO heard"]


def test_warnings_are_lines_of_the_log_whatever_is_filtered() -> None:
    _, written = run("""
        import warnings
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("thin volume")
        warnings.warn(DeprecationWarning("old name"), stacklevel=2)
    """)

    assert written == ["UserWarning: thin volume", "DeprecationWarning: old name"]


def test_zones_know_daylight_saving() -> None:
    found, _ = run("""
        from datetime import datetime
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError
        zone = ZoneInfo("America/New_York")
        offsets = [datetime(2024, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
        try:
            ZoneInfo("../../etc/passwd")
        except ZoneInfoNotFoundError as error:
            refused = str(error)
    """)

    assert [offset / datetime.timedelta(hours=1) for offset in found["offsets"]] == [-5, -4]
    assert "Asia/Seoul" in found["refused"]


def test_zones_are_those_of_the_pinned_package_whatever_the_machine_has() -> None:
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(())
    try:
        found, _ = run("""
            from copy import deepcopy
            from datetime import datetime, timezone
            from zoneinfo import ZoneInfo, available_timezones
            summer = datetime(2026, 7, 1, tzinfo=timezone.utc)
            zones = {key: ZoneInfo(key) for key in available_timezones()}
            told = {key: summer.astimezone(zone).isoformat() for key, zone in zones.items()}
            kept = ZoneInfo("Asia/Seoul")
            same = deepcopy([kept])[0] is kept, isinstance(kept, ZoneInfo), repr(kept)
        """)
        summer = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
        expected = {
            key: summer.astimezone(zoneinfo.ZoneInfo.no_cache(key)).isoformat()
            for key in found["told"]
        }
    finally:
        zoneinfo.reset_tzpath(before)

    assert found["told"] == expected
    assert found["same"] == (True, True, "zoneinfo.ZoneInfo(key='Asia/Seoul')")


def test_the_calendar_offers_texts_and_no_objects_of_its_own() -> None:
    found, _ = run("""
        import calendar
        got = calendar.monthrange(2024, 2), calendar.month_name[2], calendar.day_abbr[0]
    """)

    assert found["got"] == ((3, 29), "February", "Mon")


def test_context_managers_are_made_of_the_strategys_own_functions_only() -> None:
    found, _ = run("""
        import numpy as np
        from contextlib import contextmanager
        from naru import Strategy, ta
        refused = []
        for foreign in (np, ta.sma, Strategy, print):
            try:
                contextmanager(foreign)
            except TypeError as error:
                refused.append(str(error))
    """)

    assert len(found["refused"]) == 4


def test_precision_is_changed_for_a_block_never_for_the_engine() -> None:
    found, _ = run("""
        from decimal import Decimal, getcontext, localcontext
        with localcontext() as context:
            context.prec = 4
            short = Decimal(1) / 3
        got = str(short), str(Decimal(1) / 8), getcontext().prec
        try:
            getcontext().prec = 2
        except TypeError as error:
            refusal = str(error)
    """)

    assert found["got"] == ("0.3333", "0.125", 28)
    assert "localcontext()" in found["refusal"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("import pandas as pd", "numpy"),
        ("import talib", "naru.ta"),
        ("import requests", "dataset"),
        ("import yfinance as yf", "dataset"),
        ("from sklearn.linear_model import LinearRegression", "numpy"),
        ("from AlgorithmImports import *", "naru.Strategy"),
        ("import backtrader as bt", "naru.Strategy"),
        ("from backtesting import Strategy", "naru.compat.backtesting"),
        ("from backtesting.test import GOOG", "given to the run"),
        ("import pytz", "zoneinfo"),
        ("import time", "self.now"),
        ("import os", "no files"),
        ("data = open('bars.csv')", "self.data"),
    ],
)
def test_what_cannot_work_is_refused_with_a_place_and_what_to_write(line: str, hint: str) -> None:
    compiled = compile_source(f"x = 1\n{line}\n", LIBRARY.offered)

    (problem,) = compiled.problems
    assert (problem.line, problem.column) == (2, line.find("open") + 1 or 1)
    assert problem.hint is not None
    assert hint in problem.hint


@pytest.mark.parametrize("name", ["Backtest", "GOOG", "SMA"])
def test_what_ported_scripts_start_with_is_explained(name: str) -> None:
    line = f"from naru.compat.backtesting import Strategy, {name}\n"
    (problem,) = compile_source(line, LIBRARY.offered).problems

    assert problem.code == "import-refused"
    assert problem.hint is not None
    assert ("Delete it" in problem.hint) is (name != "SMA")
