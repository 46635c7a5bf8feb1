"""Strategies on the platform, found by name, and bars for them."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from naru.cli.ending import read_source, refuse
from naru.cli.options import typed
from naru_client import NaruClient, models

_UPLOAD_S = 120.0  # without a byte moving: the platform checks a large file before it answers


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push has done; ``changed`` tells whether there is a new version."""

    strategy: models.Strategy
    version: models.Version
    changed: bool


def find_strategies(client: NaruClient, name: str) -> list[models.Strategy]:
    """Return the strategies of that name; names need not be unique."""
    return [found for found in client.strategies.list(page_size=200) if found.name == name]


def find_strategy(client: NaruClient, name: str) -> models.Strategy:
    """Return one strategy by its name or id. Ends the command when there is none, or several."""
    if name.startswith("st_"):
        return client.strategies.get(name)
    found = find_strategies(client, name)
    if not found:
        ways = f"{typed()} remote list, or {typed()} remote push FILE"
        refuse(f"there is no strategy called {name!r}: {ways}")
    return _only(found, name)


def _only(found: list[models.Strategy], name: str) -> models.Strategy:
    if len(found) > 1:
        ids = ", ".join(strategy.id for strategy in found)
        refuse(f"several strategies are called {name!r}: use one of the ids {ids}")
    return found[0]


def push(client: NaruClient, file: Path, name: str | None, note: str) -> Pushed:
    """Make the strategy if there is none, and a version if the source is not the current one."""
    source = read_source(file)
    wanted = name or file.stem
    if wanted.startswith("st_"):
        strategy = client.strategies.get(wanted)
    else:
        found = find_strategies(client, wanted)
        strategy = _only(found, wanted) if found else _create(client, wanted, source)
    if strategy.current_number is not None:
        current = client.strategies.get_version(strategy.id, str(strategy.current_number))
        if current.sha256 == sha256(source.encode()).hexdigest():
            return Pushed(strategy, current, changed=False)
    version = client.strategies.create_version(strategy.id, source=source, note=note)
    return Pushed(strategy, version, changed=True)


def _create(client: NaruClient, name: str, source: str) -> models.Strategy:
    """Make a strategy; none for a source that will be refused, which would leave it empty."""
    report = client.strategies.validate_source(source=source)
    if not report.valid:
        lines = [f"{name}: the source is refused"]
        for problem in report.problems:
            place = f"line {problem.line}, column {problem.column}: " if problem.line else ""
            lines.append(f"  {place}{problem.message}")
            lines += [f"  hint: {problem.hint}"] if problem.hint else []
        refuse("\n".join(lines))
    return client.strategies.create(name=name)


def upload_bars(
    client: NaruClient, file: Path, symbol: str | None, timeframe: str | None
) -> models.UploadReport:
    """Send a file of bars, with a progress bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        job = bar.add_task(escape(file.name), total=None)

        def show(sent: int, size: int) -> None:
            bar.update(job, completed=sent, total=size)

        try:
            return client.datasets.upload(
                file, symbol=symbol, timeframe=timeframe, on_progress=show, timeout_s=_UPLOAD_S
            )
        except OSError as error:
            refuse(f"cannot read {file}: {error.strerror}")
