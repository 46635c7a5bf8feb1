"""``naru remote``: work on a platform that runs somewhere, with its Python client."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from naru.cli import remote_runs
from naru.cli.ending import refuse
from naru.cli.options import typed
from naru.cli.remote_profile import Profile, RemoteSettings
from naru.cli.remote_session import sign_in, with_step_up
from naru.cli.remote_strategies import find_strategy, upload_bars
from naru.cli.remote_strategies import push as push_file
from naru.cli.remote_teams import team
from naru.cli.remote_telling import print_json, print_table, told
from naru.cli.run_options import read_options
from naru.report.catalogue import Language
from naru.report.log import printable
from naru_client.exchange import OMIT
from naru_client.runs import ENDED

remote = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Work on a platform that runs somewhere: push strategies, run and watch backtests.\n\n"
    "Exit status: 0 done, 1 the strategy failed, 2 bad arguments or input, 3 no platform or no"
    " access, 130 interrupted. NARU_URL and NARU_API_KEY win over what `login` has kept.",
)
keys = typer.Typer(no_args_is_help=True, help="API keys for programs.")
remote.add_typer(keys, name="keys")
remote.add_typer(team, name="team")

Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
Report = Annotated[Path | None, typer.Option(help="Write an HTML report.")]
Words = Annotated[Language, typer.Option("--language", help="Of summary and report.")]
Texts = list[str] | None


def _profile() -> Profile:
    return Profile(RemoteSettings.read())


@remote.command()
def login(
    url: Annotated[str | None, typer.Option(help="Where the platform is.")] = None,
    email: Annotated[str | None, typer.Option(help="Who signs in; asked for if left out.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Sign in; the session is kept in a file that only you may read."""
    profile = _profile()
    if profile.from_environment:
        refuse("NARU_API_KEY is set and would be used: unset it to sign in")
    with profile.client(url) as client, told(profile.url):
        sign_in(client, email, password_stdin=password_stdin)
        typer.echo(f"Signed in at {profile.url} as {client.me.get().email}", err=True)


@remote.command()
def logout() -> None:
    """End the session, here and on the platform."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        client.logout()
    profile.keep(None)
    typer.echo(f"Signed out at {profile.url}", err=True)


@remote.command()
def whoami(json: Json = False) -> None:
    """Say who is signed in, and where."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        me = client.me.get()
        if json:
            print_json({"url": profile.url, "me": me})
        else:
            typer.echo(f"{me.email} at {profile.url}, plan {me.plan}, in {me.workspace.name}")


@remote.command()
def push(
    file: Annotated[Path, typer.Argument(help="The strategy's source.", dir_okay=False)],
    name: Annotated[
        str | None, typer.Option(help="The strategy's name or id. Default: the file's name.")
    ] = None,
    note: Annotated[str, typer.Option(help="What has changed.")] = "",
    json: Json = False,
) -> None:
    """Upload a strategy; a new version is made only when the source has changed."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        done = push_file(client, file, name, note)
        if json:
            facts = {"strategy": done.strategy, "version": done.version}
            print_json({**facts, "changed": done.changed})
            return
        what = "is now" if done.changed else "is still"
        typer.echo(f"{done.strategy.name} {what} at version {done.version.number}")


@remote.command()
def upload(
    file: Annotated[Path, typer.Argument(help="Bars: Parquet, CSV or CSV.gz.", dir_okay=False)],
    symbol: Annotated[str | None, typer.Option(help="Default: by the file, or its name.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Default: as the bars lie.")] = None,
    json: Json = False,
) -> None:
    """Import a file of bars."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        done = upload_bars(client, file, symbol, timeframe)
        if json:
            print_json(done)
        else:
            kept = done.dataset
            typer.echo(f"{kept.id}  {kept.symbol} {kept.timeframe}  {kept.bar_count} bars")


@remote.command()
def run(
    name: Annotated[str, typer.Argument(help="The strategy's name or id.")],
    symbol: Annotated[Texts, typer.Option(help="What to trade. May be repeated.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Or a dataset's id.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Width of a bar, as 1d.")] = None,
    version: Annotated[int | None, typer.Option(help="Not the current version.", min=1)] = None,
    param: Annotated[Texts, typer.Option(help="A parameter, as fast=10. May be repeated.")] = None,
    cash: Annotated[str | None, typer.Option(help="Cash at the start.")] = None,
    commission_bps: Annotated[str | None, typer.Option(help="Commission, basis points.")] = None,
    slippage_bps: Annotated[str | None, typer.Option(help="Slippage, basis points.")] = None,
    option: Annotated[Texts, typer.Option(help="Any other option of a run, as seed=7.")] = None,
    confidence: Annotated[
        int, typer.Option(help="Resamplings, such as 1000: bounds of the metrics.", min=0)
    ] = 0,
    wait: Annotated[bool, typer.Option(help="Wait for the end, and show the result.")] = True,
    report: Report = None,
    language: Words = "en",
    json: Json = False,
) -> None:
    """Run a backtest of a strategy on the platform."""
    if report is not None and not wait:
        refuse("--report: a run that is not waited for has none yet; leave out --no-wait")
    config = {"cash": cash, "commission_bps": commission_bps, "slippage_bps": slippage_bps}
    given = {key: value for key, value in config.items() if value is not None}
    rest: dict[str, Any] = {
        "params": dict(_pairs("--param", param)),
        "config": {**given, **read_options(_pairs("--option", option))},
    }
    if confidence:
        rest["confidence_samples"] = confidence
    if timeframe is not None:
        rest["timeframe"] = timeframe
    profile = _profile()
    with profile.client() as client, told(profile.url):
        asked = remote_runs.ask(client, name, version, symbol or [], dataset, rest)
        if wait:
            remote_runs.follow_unless_interrupted(asked)
        if not json:
            remote_runs.show(asked, report, language)
            return
        if report is not None and asked.latest.status == "finished":
            remote_runs.write_report(asked, report, language)
        print_json(asked.latest)
        remote_runs.check_end(asked.latest)


@remote.command()
def watch(
    run_ids: Annotated[Texts, typer.Argument(help="Backtests; all jobs by default.")] = None,
    json: Json = False,
) -> None:
    """Follow jobs as they happen; those named until they have ended, all until Ctrl-C."""
    profile = _profile()
    # Around all of it: a second Ctrl-C may come while the first one closes the connection.
    try:
        with profile.client() as client, told(profile.url):
            remote_runs.watch(client, run_ids or [], as_json=json)
    except KeyboardInterrupt as error:
        raise typer.Exit(0) from error


@remote.command()
def cancel(run_id: Annotated[str, typer.Argument(help="The backtest, bt_...")]) -> None:
    """Stop a backtest that has not ended."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        latest = client.backtests.cancel(run_id)
        typer.echo(f"{latest.id}  {latest.status}")


@remote.command()
def logs(run_id: Annotated[str, typer.Argument(help="The backtest.")], json: Json = False) -> None:
    """Print what a strategy said with self.log."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        for line in client.backtests.list_logs(run_id, page_size=200):
            if json:
                print_json(line)
            else:
                typer.echo(f"{line.ts.isoformat() if line.ts else '-':25}  {printable(line.text)}")


@remote.command("list")
def list_(
    what: Annotated[
        Literal["strategies", "backtests", "datasets"], typer.Argument(help="What to list.")
    ] = "strategies",
    json: Json = False,
) -> None:
    """List strategies, backtests or datasets."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        found: Sequence[Any]
        if what == "strategies":
            found = list(client.strategies.list(page_size=200))
            columns = ("id", "name", "current_number", "updated_at")
        elif what == "backtests":
            found = list(client.backtests.list(page_size=200))
            columns = ("id", "strategy_name", "version_number", "status")
        else:
            found = list(client.datasets.list(page_size=200))
            columns = ("id", "symbol", "timeframe", "bar_count")
        if json:
            print_json(found)
        else:
            print_table(columns, [[getattr(one, name) for name in columns] for one in found])


@remote.command()
def show(
    name: Annotated[str, typer.Argument(help="A strategy's name or id, or a backtest's id.")],
    report: Report = None,
    language: Words = "en",
    json: Json = False,
) -> None:
    """Show a strategy with its versions, or a backtest with its result."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        if name.startswith("bt_"):
            found = client.backtests.open(name)
            if json:
                if report is not None and found.latest.status == "finished":
                    remote_runs.write_report(found, report, language)
                print_json(found.latest)
            elif found.latest.status in ENDED:
                remote_runs.show(found, report, language)
            else:
                typer.echo(f"{found.id}  {found.latest.status}  {found.latest.progress:.0%}")
            return
        if report is not None:
            refuse(
                f"--report: only backtests have one: {typed()} remote show bt_... --report out.html"
            )
        strategy = find_strategy(client, name)
        versions = list(client.strategies.list_versions(strategy.id, page_size=200))
        if json:
            print_json({"strategy": strategy, "versions": versions})
            return
        typer.echo(f"{strategy.name}  {strategy.id}  current version {strategy.current_number}")
        columns = ("number", "strategy_name", "style", "note", "created_at")
        print_table(columns, [[getattr(one, column) for column in columns] for one in versions])


@keys.command("list")
def list_keys(json: Json = False) -> None:
    """List API keys; the keys themselves are not kept."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        found = list(client.api_keys.list())
        columns = ("id", "name", "hint", "expires_at", "last_used_at")
        if json:
            print_json(found)
        else:
            print_table(columns, [[getattr(one, name) for name in columns] for one in found])


@keys.command("new")
def new_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        Texts,
        typer.Option(help="What it may do, as backtest:run; without: all but account:write."),
    ] = None,
    json: Json = False,
) -> None:
    """Make an API key and print it, this once."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        scopes: Any = scope or OMIT
        made = with_step_up(client, lambda ready: ready.api_keys.create(name=name, scopes=scopes))
        if json:
            print_json(made)
        else:
            typer.echo(f"{made.id}: keep it now, it is not shown again", err=True)
            typer.echo(made.key)


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The key's id, key_...")]) -> None:
    """Revoke an API key; it stops working within a second."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        with_step_up(client, lambda ready: ready.api_keys.revoke(key_id))


def _pairs(flag: str, texts: Texts) -> list[tuple[str, str]]:
    """Read name=value; the platform takes texts for what the parameter or option is."""
    found = []
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            refuse(f"{flag} {text}: write it as name=value")
        found.append((name, value))
    return found
