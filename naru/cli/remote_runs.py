"""Backtests on the platform: ask for one, follow it, show what came out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from naru.cli.ending import FAILED, INTERRUPTED, refuse
from naru.cli.options import typed
from naru.cli.remote_strategies import find_strategy
from naru.cli.remote_telling import print_json
from naru.report.catalogue import Language, text
from naru.report.log import printable
from naru.report.notices import outcome
from naru.report.refusals import refusals
from naru.report.terminal import print_summary
from naru_client import BacktestRun, Gap, NaruClient, models
from naru_client.runs import ENDED

_POINTS = 400
_ORDERS = 200  # one page
_VERDICTS = {
    "rejected": "the source is refused",
    "crashed": "the strategy crashed",
    "timeout": "the strategy took too long",
    "out_of_memory": "the strategy took too much memory",
    "output_limit": "the strategy wrote too much",
}


def ask(
    client: NaruClient,
    name: str,
    number: int | None,
    symbols: Sequence[str],
    dataset: str | None,
    rest: Mapping[str, Any],
) -> BacktestRun:
    """Queue a backtest of a strategy's current version, or of another one."""
    strategy = find_strategy(client, name)
    if number is not None:
        version_id = client.strategies.get_version(strategy.id, str(number)).id
    elif strategy.current_version_id is not None:
        version_id = strategy.current_version_id
    else:
        refuse(f"{strategy.name} has no version yet: {typed()} remote push FILE --name ...")
    asked = dict(rest)
    if dataset is not None:
        found = client.datasets.get(dataset)
        symbols = [*symbols, found.symbol]
        asked.setdefault("timeframe", found.timeframe)
    if not symbols:
        refuse("say on what to run: --symbol AAPL, or --dataset ds_...")
    return client.backtests.run(version_id=version_id, symbols=list(symbols), **asked)


def follow_unless_interrupted(run: BacktestRun) -> None:
    """Wait for the end; Ctrl-C leaves the run going, says so, and raises typer.Exit."""
    try:
        follow(run)
    except KeyboardInterrupt as error:
        typer.echo(f"{run.id} goes on without you", err=True)
        typer.echo(f"  watch it: {typed()} remote watch {run.id}", err=True)
        typer.echo(f"  stop it: {typed()} remote cancel {run.id}", err=True)
        raise typer.Exit(INTERRUPTED) from error


def follow(run: BacktestRun) -> None:
    """Wait for the end with a progress bar on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        job = bar.add_task("queued", total=1.0)

        def show(backtest: models.Backtest) -> None:
            bar.update(job, description=backtest.status, completed=backtest.progress)

        run.wait(on_progress=show)


def show(run: BacktestRun, report: Path | None = None, language: Language = "en") -> None:
    """Print a run as ``naru backtest`` does. Raises typer.Exit with 1 when it did not finish."""
    latest = run.latest
    if latest.status == "finished":
        equity = run.equity(_POINTS)
        title = f"{latest.strategy_name} {latest.version_number} on {', '.join(latest.symbols)}"
        ts = [instant.isoformat() for instant in equity.ts]
        values = [float(value) for value in equity.value]
        console = Console()
        print_summary(console, title, run.metrics, ts, values, language)
        for line in _remarks(run, language):
            console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
        if report is not None:
            write_report(run, report, language)
            typer.echo(f"Report    {report}")
    typer.echo(f"Backtest  {run.id}  {latest.status}")
    check_end(latest)


def _remarks(run: BacktestRun, language: Language) -> list[str]:
    """Return what to know of a result. All orders of a busy run would take many requests."""
    told = outcome(run.metrics, language)
    count = run.metrics["order_count"]
    orders = [order.model_dump() for order in islice(run.orders(), min(count, _ORDERS))]
    refused = refusals(orders, language)
    if refused and count > _ORDERS:
        refused = text("first_orders", language).format(told=refused, count=f"{_ORDERS:,}")
    return [*told, *([refused] if refused else [])]


def write_report(run: BacktestRun, report: Path, language: Language) -> None:
    """Write the HTML report."""
    try:
        report.write_text(run.report(language), encoding="utf-8")
    except OSError as error:
        refuse(f"cannot write {error.filename}: {error.strerror}")


def check_end(latest: models.Backtest) -> None:
    """Say why a run has failed. Raises typer.Exit with 1 when it did not finish."""
    if latest.status not in ENDED or latest.status == "finished":
        return
    said = _VERDICTS.get(latest.verdict or "", f"the run was {latest.status}")
    typer.echo(f"{latest.strategy_name}: {said}", err=True)
    problem = latest.problem
    if problem is not None:
        line = getattr(problem, "line", None)
        typer.echo(f"  {f'line {line}: ' if line else ''}{printable(problem.message)}", err=True)
    raise typer.Exit(FAILED)


def watch(client: NaruClient, run_ids: Sequence[str], *, as_json: bool) -> None:
    """Print what happens to jobs; with ids, until all of them have ended."""
    waiting = set(run_ids)
    with client.stream("jobs") as stream:
        for run_id in run_ids:
            latest = client.backtests.get(run_id)
            _tell(latest.model_dump(mode="json"), as_json=as_json)
            waiting -= {run_id} if latest.status in ENDED else set()
        if run_ids and not waiting:
            return
        for news in stream:
            if isinstance(news, Gap):
                typer.echo(f"missed messages {news.from_seq} to {news.to_seq}", err=True)
                waiting -= {one for one in waiting if client.backtests.get(one).status in ENDED}
            elif not run_ids or news.data.get("id") in waiting:
                _tell(news.data, as_json=as_json)
                waiting -= {news.data["id"]} if news.data.get("status") in ENDED else set()
            if run_ids and not waiting:
                return


def _tell(job: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(job))
    else:
        part = Decimal(str(job.get("progress") or 0))
        typer.echo(f"{job.get('id')}  {job.get('status')!s:9}  {part:4.0%}")
