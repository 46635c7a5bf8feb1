"""What a newcomer types first, and gets wrong first."""

import json
import re
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.embedded.errors import StateDirLockedError
from infra.embedded.state import StateDir
from naru.cli.commands import cli
from naru.cli.platform import running_platform


def naru(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_every_command_is_on_the_help_page() -> None:
    page = naru("--help").stdout

    for name in ("up", "demo", "backtest", "check", "remote", "new", "doctor", "migrate"):
        assert f"│ {name} " in page


def test_a_command_that_was_misspelt_is_guessed() -> None:
    found = CliRunner().invoke(cli, ["backtst"], env={"COLUMNS": "200"})

    assert found.exit_code == 2
    assert "Did you mean 'backtest'?" in found.output


@pytest.mark.parametrize(("under_uv", "command"), [("1", "uv run naru"), (None, "naru")])
def test_what_to_type_next_is_typed_as_before(
    tmp_path: Path, under_uv: str | None, command: str
) -> None:
    environment = {"UV_RUN_RECURSION_DEPTH": under_uv}
    told = CliRunner().invoke(cli, ["new", "one", "--dir", str(tmp_path)], env=environment).output

    assert f"  {command} backtest {tmp_path / 'one.py'}" in told


def test_a_new_strategy_runs_as_it_stands_on_the_bars_beside_it(tmp_path: Path) -> None:
    made = naru("new", "My trend", "--bars", "--dir", tmp_path)
    strategy, bars, report = (tmp_path / name for name in ("my_trend.py", "IBM_1d.csv", "out.html"))
    assert f"naru backtest {strategy} --data {bars}" in made.stdout

    done = naru("backtest", strategy, "--data", bars, "--report", report)

    assert done.exit_code == 0, done.output
    assert "MyTrend on IBM" in done.stdout
    assert f"Report  {report}\n" in done.stdout
    again = naru("new", "My trend", "--dir", tmp_path)
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--option", "levrage=2"), "--option levrage: is no option of a run (there are: actions,"),
        (("--cash", "many"), "--cash: must be a number, not 'many'"),
        (("--data", "none.csv"), "none.csv: cannot be opened: No such file or directory"),
        (("--symbol", "A", "--symbol", "B"), "--symbol is given 2 times and --data 1"),
        (("--option", "session=9:00-15:30 Seoul"), "--option session: 'Seoul' is no time zone;"),
        (("--language", "fr"), "--language fr: must be en or ko"),
        (("--option", "taxes=kxr"), '--option taxes: must be "krx" or have a side and rates'),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    bars = () if "--data" in arguments else ("--data", tmp_path / "IBM_1d.csv")

    done = naru("backtest", tmp_path / "trend.py", *bars, *arguments)

    assert done.exit_code == 2
    assert done.stderr.startswith(said)


def test_a_folder_stands_for_its_files_of_bars(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    folder, empty = tmp_path / "bars", tmp_path / "empty"
    folder.mkdir()
    empty.mkdir()
    for name in ("B_1d.csv", "A_1d.CSV"):
        (folder / name).write_bytes((tmp_path / "IBM_1d.csv").read_bytes())
    (folder / "notes.txt").write_text("not bars")

    done = naru("backtest", tmp_path / "trend.py", "--data", folder, "--json", "-")
    refused = naru("backtest", tmp_path / "trend.py", "--data", empty)

    assert json.loads(done.stdout)["symbols"] == ["A", "B"]
    assert (refused.exit_code, "holds no .parquet, .csv, .csv.gz" in refused.stderr) == (2, True)


def test_orders_that_were_refused_are_told_with_their_reason(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    strategy, report = tmp_path / "trend.py", tmp_path / "out.html"
    strategy.write_text(strategy.read_text().replace("percent=0.95", "percent=95"))

    done = naru("backtest", strategy, "--data", tmp_path / "IBM_1d.csv", "--report", report)

    assert done.exit_code == 0, done.output
    told = re.search(r"(\d+) of (\d+) orders were rejected: insufficient_cash (\d+)", done.stdout)
    assert told is not None
    assert told[1] == told[3]
    assert 0 < int(told[1]) < int(told[2])  # closing nothing is refused too, and not told
    assert told[0] in report.read_text()


def test_words_beyond_what_is_kept_are_counted(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    strategy, out = tmp_path / "chatty.py", tmp_path / "out.json"
    strategy.write_text(
        "from naru import Strategy\n\nclass Chatty(Strategy):\n    def on_bar(self):\n"
        "        self.log('x' * 1000)\n"
    )

    done = naru("backtest", strategy, "--data", tmp_path / "IBM_1d.csv", "--json", out)

    result = json.loads(out.read_bytes())
    kept = len(result["logs"])
    assert kept == (1 << 20) // 1000
    assert result["logs_dropped_count"] == result["bars"] - kept
    assert f"{result['bars'] - kept:,} later lines of self.log were dropped" in done.stdout
    assert "self.plot" not in done.stdout


def test_rows_that_repeat_the_one_before_are_counted(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    bars, out = tmp_path / "IBM_1d.csv", tmp_path / "out.json"
    head, *rows = bars.read_text().splitlines()
    run = ("backtest", tmp_path / "trend.py", "--data", bars, "--json", out)
    once = naru(*run)
    trades = json.loads(out.read_bytes())["trades"]
    bars.write_text("\n".join([head, *rows[:9], *rows[8:10], *rows[9:]]) + "\n")

    done = naru(*run)

    result = json.loads(out.read_bytes())
    assert (result["repeated_row_count"], result["trades"]) == (2, trades)
    assert "Rows left out because they repeat the one before them: 2" in done.stdout
    assert "Rows left out" not in once.stdout


def test_bounds_of_metrics_come_on_request(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    run = ("backtest", tmp_path / "trend.py", "--data", tmp_path / "IBM_1d.csv", "--json", "-")

    without, with_bounds = (
        json.loads(naru(*run, *more).stdout) for more in ((), ("--confidence", "50"))
    )

    assert without["confidence"] == {}
    low, high = with_bounds["confidence"]["sharpe"]
    assert low < with_bounds["metrics"]["sharpe"] < high
    assert with_bounds["receipt"]["hash"] == without["receipt"]["hash"]


CHATTY = """from naru import Strategy

class Chatty(Strategy):
    def on_bar(self):
        self.log("close", self.data.close[-1], "\\x1b[31m")
        if self.now.year == 2001:
            END
"""


def test_a_crash_shows_what_the_strategy_had_said(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    strategy = tmp_path / "chatty.py"
    strategy.write_text(CHATTY.replace("END", "1 / 0"))

    done = naru("backtest", strategy, "--data", tmp_path / "IBM_1d.csv")

    assert done.exit_code == 1
    heading, *log = done.stderr.splitlines()[:11]
    assert heading == "The last 10 of 213 lines of the log:"
    assert log[-1] == "  2001-01-02 00:00:00  close 84.81 \\x1b[31m"
    assert "line 7, column 13: ZeroDivisionError: division by zero" in done.stderr


def test_a_run_shows_the_end_of_its_log_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    strategy, report = tmp_path / "chatty.py", tmp_path / "out.html"
    strategy.write_text(CHATTY.replace("END", "pass"))
    run = ("backtest", strategy, "--data", tmp_path / "IBM_1d.csv", "--report", report)

    english, korean = naru(*run), naru(*run, "--language", "ko")

    assert "The last 10 of 3,270 lines of the log:" in english.stdout
    assert "2013-03-01 00:00:00  close 202.91 \\x1b[31m" in english.stdout
    assert "로그 3,270줄 중 마지막 10줄:" in korean.stdout
    assert '<html lang="ko">' in report.read_text("utf-8")


def test_a_source_is_checked_without_bars(tmp_path: Path) -> None:
    naru("new", "trend", "--dir", tmp_path)
    strategy = tmp_path / "trend.py"

    accepted = naru("check", strategy)
    strategy.write_text("import os\n" + strategy.read_text())
    refused, missing = naru("check", strategy), naru("check", tmp_path / "none.py")

    assert accepted.exit_code == 0
    assert accepted.stdout.splitlines() == [
        f"{strategy}: Trend may run (event style)",
        "  --param fast=20  from 2 to 200",
        "  --param slow=50  from 5 to 400",
    ]
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"{strategy}: the source is refused\n  line 1, column 1: ")
    assert (missing.exit_code, missing.stderr) == (
        2,
        f"cannot read {tmp_path / 'none.py'}: No such file or directory\n",
    )


@pytest.mark.parametrize("command", ["check", "backtest"])
def test_a_strategy_that_is_no_text_is_bad_input(tmp_path: Path, command: str) -> None:
    strategy = tmp_path / "trend.py"
    strategy.write_bytes(b"# \xb0\xa1\n")  # as an older Korean editor saves it

    done = naru(command, strategy, *(("--data", tmp_path) if command == "backtest" else ()))

    assert (done.exit_code, done.stderr) == (2, f"{strategy}: not UTF-8 text (byte 2)\n")


async def test_a_second_platform_is_told_of_the_first_though_its_port_is_taken(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, StateDir(tmp_path) as first:
        port = taken.getsockname()[1]
        first.announce_running(f"http://127.0.0.1:{port}")

        with pytest.raises(StateDirLockedError, match=f"already running .* at .*:{port}"):
            async with running_platform(tmp_path, port, print):
                pytest.fail("a second platform runs on the folder")


def test_variables_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "MASTER_KEY", "STATE_DIR"):
        monkeypatch.delenv(f"NARU_{name}", raising=False)

    done = naru("migrate")

    assert done.exit_code == 2
    assert "NARU_DATABASE_URL: Field required" in done.stderr


def test_a_failed_run_says_which_files_are_older(tmp_path: Path) -> None:
    naru("new", "trend", "--bars", "--dir", tmp_path)
    strategy, bars, result = (tmp_path / name for name in ("trend.py", "IBM_1d.csv", "out.json"))
    new = ("backtest", strategy, "--json", result, "--report", tmp_path / "none.html", "--data")
    assert "stays as it was" not in naru(*new, tmp_path / "none.csv").stderr
    result.write_text("{}")

    refused = naru(*new, tmp_path / "none.csv")
    crash = "from naru import Strategy\nclass S(Strategy):\n    def on_bar(self): 1 / 0\n"
    strategy.write_text(crash)
    crashed = naru(*new, bars)

    assert (refused.exit_code, crashed.exit_code) == (2, 1)
    for done in (refused, crashed):
        assert f"{result} stays as it was: it does not tell of this run" in done.stderr
        assert "none.html" not in done.stderr
    assert result.read_text() == "{}"
