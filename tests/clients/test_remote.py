"""``naru remote`` as it is typed."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from naru.cli.commands import cli
from naru.cli.remote_telling import print_table
from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from naru_client import NaruClient
from tests.clients.conftest import EXAMPLE, PASSWORD
from tests.clients.misbehaving import MisbehavingServer, answer, problem
from tests.clients.test_interrupts import BACKTEST
from tests.journeys.installation import Installation

Remote = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of this test's configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NARU_URL", raising=False)
    monkeypatch.delenv("NARU_API_KEY", raising=False)
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)  # `uv run` sets it
    return tmp_path / "config" / "naru"


@pytest.fixture
def remote(config: Path) -> Remote:
    """Return a function that runs ``naru remote ...``."""

    def run(*arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(cli, ["remote", *arguments], input=given)

    return run


@pytest.fixture
def signed_in(
    remote: Remote, client: NaruClient, generous_installation: Installation, email: str
) -> Remote:
    """Return the same, after signing in; there are bars of IBM."""
    url = generous_installation.url
    done = remote(
        "login", "--url", url, "--email", email, "--password-stdin", given=f"{PASSWORD}\n"
    )
    assert done.exit_code == 0, done.output
    client.datasets.upload(daily_bars_csv(), symbol=SYMBOL, content_type="text/csv")
    return remote


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_main_job(signed_in: Remote, email: str, tmp_path: Path) -> None:
    assert told(signed_in("whoami", "--json"))["me"]["email"] == email
    assert "sma_cross is now at version 1" in signed_in("push", str(EXAMPLE)).stdout
    assert "sma_cross is still at version 1" in signed_in("push", str(EXAMPLE)).stdout

    report = tmp_path / "out.html"
    run = signed_in(
        "run",
        "sma_cross",
        "--symbol",
        SYMBOL,
        "--param",
        "fast=10",
        "--report",
        str(report),
        "--confidence",
        "20",
        "--option",
        "session=09:30-16:00 America/New_York",
    )

    assert run.exit_code == 0, run.output
    assert "Sharpe ratio" in run.stdout
    assert "finished" in run.stdout
    assert report.read_text().startswith("<!doctype html>")
    assert '<small title="95% of' in report.read_text()
    (listed,) = told(signed_in("list", "backtests", "--json"))
    assert listed["params"] == {"fast": 10, "slow": 50}
    assert listed["config"]["session"]["hours"] == "09:30-16:00"
    assert listed["id"] in signed_in("list", "backtests").stdout
    shown = signed_in("show", listed["id"], "--report", str(report), "--language", "ko")
    assert shown.exit_code == 0, shown.output
    assert "샤프 지수" in shown.stdout
    assert '<html lang="ko">' in report.read_text("utf-8")
    assert told(signed_in("watch", listed["id"], "--json"))["status"] == "finished"
    assert signed_in("logs", listed["id"]).exit_code == 0


def test_work_goes_on_in_the_workspace_that_is_used(signed_in: Remote, email: str) -> None:
    signed_in("push", str(EXAMPLE))

    made = signed_in("team", "new", "Desk")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("Working in Desk (ws_")
    assert "in Desk" in signed_in("whoami").stdout
    assert told(signed_in("list", "--json")) == []
    assert [one["email"] for one in told(signed_in("team", "members", "--json"))] == [email]
    asked = signed_in("team", "invite", "jun@example.com", "--role", "viewer")
    assert asked.stdout == "jun@example.com is invited into Desk\n"

    assert signed_in("team", "use", "Personal").exit_code == 0
    assert [one["name"] for one in told(signed_in("list", "--json"))] == ["sma_cross"]
    spaces = told(signed_in("team", "list", "--json"))
    assert [(one["name"], one["role"]) for one in spaces] == [
        ("Personal", "owner"),
        ("Desk", "owner"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("use", "Nowhere"), "no workspace of yours is called 'Nowhere'"),
        (("join", "http://127.0.0.1:8000/x#token=" + "A" * 64), "link-invalid"),
        (("invite", "nobody"), "this is not an e-mail address"),
    ],
)
def test_teams_say_what_is_wrong(signed_in: Remote, arguments: tuple[str, ...], said: str) -> None:
    done = signed_in("team", *arguments)

    assert (done.exit_code, said in done.stderr) == (2, True), done.output


def test_a_wrong_password_leads_to_the_page_for_a_new_one(
    remote: Remote, generous_installation: Installation, email: str
) -> None:
    url = generous_installation.url
    done = remote("login", "--url", url, "--email", email, "--password-stdin", given="not it\n")

    assert done.exit_code == 3
    assert f"ask for a new password at {url}/api/v1/auth/password/forgot" in done.stderr


def test_a_key_stays_in_its_workspace(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARU_API_KEY", "sk_live_x")

    done = remote("team", "use", "Personal")

    assert (done.exit_code, "a key stays in its workspace" in done.stderr) == (2, True)


def test_a_new_version_when_the_source_has_changed(signed_in: Remote, tmp_path: Path) -> None:
    file = tmp_path / "trend.py"
    file.write_text(EXAMPLE.read_text())
    signed_in("push", str(file), "--name", "Trend")
    file.write_text(EXAMPLE.read_text() + "\n# slower\n")

    pushed = told(signed_in("push", str(file), "--name", "Trend", "--note", "slower", "--json"))

    assert pushed["changed"]
    assert pushed["version"]["number"] == 2
    unreported = signed_in("show", "Trend", "--report", str(tmp_path / "out.html"))
    assert (unreported.exit_code, "only backtests have one" in unreported.stderr) == (2, True)
    shown = told(signed_in("show", "Trend", "--json"))
    assert [version["number"] for version in shown["versions"]] == [2, 1]
    first = told(signed_in("run", "Trend", "--symbol", SYMBOL, "--version", "1", "--json"))
    assert first["version_number"] == 1


def test_the_name_of_a_file_tells_what_its_bars_are_of(signed_in: Remote, tmp_path: Path) -> None:
    file = tmp_path / "BTC-USD_1d.csv"
    file.write_bytes(daily_bars_csv())

    assert told(signed_in("upload", str(file), "--json"))["dataset"]["symbol"] == "BTC-USD"


@pytest.mark.parametrize(("is_terminal", "columns"), [(True, 60), (True, 200), (False, 60)])
def test_tables_never_cut_a_value(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_terminal: bool,
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TTY_COMPATIBLE", str(int(is_terminal)))
    row = ("key_0123456789abcdef0123456789abcdef", "nightly [research] run", "sk_live_abcd...wxyz")

    print_table(("id", "name", "hint"), [row])

    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if any(value in line for value in row)]
    assert all(value in said for value in row)
    assert len(lines) == (3 if is_terminal and columns == 60 else 1)


def test_what_a_team_mate_wrote_cannot_command_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("id", "note"), [["1", "better\x1b[2J\a"]])

    assert "better\\x1b[2J\\x07" in capsys.readouterr().out


def test_datasets_may_be_named(signed_in: Remote, tmp_path: Path) -> None:
    file = tmp_path / "bars.csv"
    file.write_bytes(daily_bars_csv())
    kept = told(signed_in("upload", str(file), "--symbol", "ACME", "--json"))["dataset"]
    signed_in("push", str(EXAMPLE))

    run = told(signed_in("run", "sma_cross", "--dataset", kept["id"], "--json"))

    assert (run["symbols"], run["timeframe"], run["status"]) == (["ACME"], "1d", "finished")


CRASHES = """
from naru import Strategy

class Crash(Strategy):
    def on_bar(self):
        raise ValueError("on purpose")
"""


GREEDY = """
from naru import Strategy, param

class Greedy(Strategy):
    count = param(3)

    def on_start(self):
        for _ in range(self.count):
            self.buy(percent=95)
"""


def test_refused_orders_are_told(signed_in: Remote, tmp_path: Path) -> None:
    file = tmp_path / "greedy.py"
    file.write_text(GREEDY)
    signed_in("push", str(file))

    few = signed_in("run", "greedy", "--symbol", SYMBOL)
    many = signed_in("run", "greedy", "--symbol", SYMBOL, "--param", "count=201")

    assert "3 of 3 orders were rejected: insufficient_cash 3" in few.stdout
    assert "of its first" not in few.stdout
    assert "200 of 200 orders were rejected" in many.stdout
    assert "(of its first 200 orders; the report tells of all)" in many.stdout


def test_a_strategy_that_fails_ends_with_1(signed_in: Remote, tmp_path: Path) -> None:
    file = tmp_path / "crash.py"
    file.write_text(CRASHES)
    signed_in("push", str(file))

    run = signed_in("run", "crash", "--symbol", SYMBOL)

    assert run.exit_code == 1
    assert "crashed" in run.stderr
    assert "line 6" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nothing", "--symbol", SYMBOL), "no strategy called"),
        (("push", "/nowhere.py"), "cannot read"),
        (("show", "bt_" + "0" * 32), "backtest-not-found"),
        (("run", "x", "--symbol", SYMBOL, "--param", "fast"), "name=value"),
        (("run", "x", "--report", "x.html", "--no-wait"), "--no-wait"),
    ],
)
def test_bad_arguments_end_with_2(signed_in: Remote, arguments: tuple[str, ...], said: str) -> None:
    done = signed_in(*arguments)

    assert done.exit_code == 2
    assert said in done.stderr


def test_a_refused_source_ends_with_2_and_names_the_line(signed_in: Remote, tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("import math\nimport os\n")

    done = signed_in("push", str(file))

    assert done.exit_code == 2
    assert "line 2" in done.stderr
    assert [one["name"] for one in told(signed_in("list", "--json"))].count("bad") == 0


def test_several_strategies_of_one_name(signed_in: Remote, client: NaruClient) -> None:
    ids = {client.strategies.create(name="Twin").id for _ in range(2)}

    done = signed_in("push", str(EXAMPLE), "--name", "Twin")

    assert done.exit_code == 2
    assert all(one in done.stderr for one in ids)


def test_keys_are_shown_once(signed_in: Remote, generous_installation: Installation) -> None:
    made = signed_in("keys", "new", "robot", "--scope", "strategy:read")
    key = made.stdout.strip()
    with NaruClient(generous_installation.url, api_key=key) as robot:
        assert list(robot.strategies.list()) == []
    (listed,) = told(signed_in("keys", "list", "--json"))
    assert key not in json.dumps(listed)

    assert signed_in("keys", "revoke", listed["id"]).exit_code == 0
    assert told(signed_in("keys", "list", "--json")) == []


def test_the_session_is_for_its_owner_alone(signed_in: Remote, config: Path) -> None:
    file = config / "remote.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert PASSWORD not in file.read_text()

    assert signed_in("logout").exit_code == 0

    assert not file.exists()
    ended = signed_in("whoami")
    assert ended.exit_code == 3


def test_an_api_key_of_the_environment(
    remote: Remote,
    client: NaruClient,
    generous_installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    config: Path,
) -> None:
    made = client.api_keys.create(name="ci", scopes=["strategy:read"])
    monkeypatch.setenv("NARU_URL", generous_installation.url)
    monkeypatch.setenv("NARU_API_KEY", made.key)

    assert told(remote("list", "--json")) == []
    denied = remote("push", str(EXAMPLE))
    assert denied.exit_code == 3
    assert "strategy:write" in denied.stderr
    assert made.key not in denied.output
    assert remote("login").exit_code == 2
    assert not config.exists()


def test_nobody_answers(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARU_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("NARU_API_KEY", "sk_live_x")
    monkeypatch.setattr("naru_client.retries.random.uniform", lambda low, high: 0.0)

    done = remote("whoami")

    assert done.exit_code == 3
    assert "naru up" in done.stderr


def test_an_ended_session_says_what_to_do(
    remote: Remote, server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(problem(401, "api-key-invalid"))
    monkeypatch.setenv("NARU_URL", server.url)
    monkeypatch.setenv("NARU_API_KEY", "sk_live_x")

    done = remote("whoami")

    assert done.exit_code == 3
    assert "naru remote login" in done.stderr
    assert "sk_live_x" not in done.output


@pytest.mark.parametrize("token", ["short", "", " ", "two\nlines", "\u00e9", 5, None, ["a"]])
def test_a_damaged_session_says_what_to_do(
    remote: Remote,
    config: Path,
    server: MisbehavingServer,
    monkeypatch: pytest.MonkeyPatch,
    token: object,
) -> None:
    server.will(problem(401, "token-invalid"), problem(422, "validation-failed"))
    monkeypatch.setenv("NARU_URL", server.url)
    config.mkdir(parents=True)
    kept = {"url": server.url, "access_token": token, "refresh_token": token, "expires_at": 9e9}
    (config / "remote.json").write_text(json.dumps(kept))

    done = remote("whoami")

    assert done.exit_code == 3, done.output
    assert "sign in again: naru remote login" in done.stderr


def test_a_run_can_be_canceled(remote: Remote, server: MisbehavingServer,
                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    server.will(answer(202, {**BACKTEST, "status": "cancelled"}))
    monkeypatch.setenv("NARU_URL", server.url)
    monkeypatch.setenv("NARU_API_KEY", "sk_live_x")

    done = remote("cancel", "bt_1")

    assert done.exit_code == 0, done.output
    assert done.stdout == "bt_1  cancelled\n"
    assert server.requests[0].line.startswith("POST /api/v1/backtests/bt_1/cancel")
