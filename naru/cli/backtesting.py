"""What ``naru backtest`` does: read what was typed, run, show, or say what is wrong."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import typer

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.link import ZygoteLink
from logic_service.sandbox.types import Limits, SandboxUnavailableError, Verdict
from naru.bars import Bars
from naru.cli.offline import DataRefusedError, OfflineRun, StrategyFailedError
from naru.cli.options import UNSAFE_WARNING
from naru.cli.run_options import read_options
from naru.engine.config import RunConfig
from naru.errors import ConfigError, NaruError, ParamError
from naru.result import pieces

_FAILED, _BAD_ARGUMENTS = 1, 2
_LOG_BYTES = 1 << 20
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The command line as typed; see ``naru.cli.backtest``."""

    file: Path
    data: Sequence[Path]
    symbols: Sequence[str]
    params: Sequence[str]
    options: Mapping[str, str]
    more_options: Sequence[str]
    json: Path | None
    report: Path | None
    time_limit: float
    memory_limit: str
    confidence_samples: int = 0
    is_unsafe: bool = False


def run_command(link: ZygoteLink, given: Arguments) -> None:
    """Run, and deliver the result. Raises typer.Exit with the command's status on any failure."""
    with SandboxHost(standby=0, unsafe_development=given.is_unsafe, link=link) as host:
        result, bars = _run(host, given)
    _deliver(result, bars, given.json, given.report)


def _run(host: SandboxHost, given: Arguments) -> tuple[dict[str, Any], list[Bars]]:
    source = _read_source(given.file)
    try:
        more = read_options(_pair("--option", text) for text in given.more_options)
        options, zone = {**given.options, **more}, ""
        if isinstance(options.get("session"), str):  # rare, and zones take a while to load
            options, zone = import_module("shared.session_zone").split_zone(options)
        run = OfflineRun(
            source=source,
            data=given.data,
            symbols=given.symbols,
            params=dict(_pair("--param", text) for text in given.params),
            config=RunConfig.from_dict(options),
            limits=Limits(
                cpu_s=given.time_limit,
                wall_s=given.time_limit,
                memory_bytes=_read_bytes(given.memory_limit),
                log_bytes=_LOG_BYTES,
            ),
            zone=zone,
            confidence_samples=given.confidence_samples,
        )
        if given.is_unsafe and not host.layers()["seccomp"]:
            typer.echo(UNSAFE_WARNING, err=True)
        return run.result(host)
    except ParamError as error:
        _refuse(f"--param {error.field}: {error.message}")
    except ConfigError as error:
        own = error.field in given.options
        flag = f"--{error.field.replace('_', '-')}" if own else f"--option {error.field}"
        _refuse(f"{flag}: {error.message}")
    except DataRefusedError as error:
        _refuse(str(error))
    except StrategyFailedError as error:
        _explain(given.file, source, error)
    except (NaruError, SandboxUnavailableError) as error:
        _fail(str(error))


def _deliver(
    result: dict[str, Any], bars: Sequence[Bars], json: Path | None, report: Path | None
) -> None:
    # Loaded here: `--json -` has to be quick, and charts are heavy.
    showing = import_module("naru.cli.showing") if report or str(json) != "-" else None
    try:
        if report is not None and showing is not None:
            showing.write_report(report, result, bars)
        if json is not None and str(json) != "-":
            with json.open("wb") as file:
                file.writelines(pieces(result))
    except OSError as error:
        _refuse(f"cannot write {error.filename}: {error.strerror}")
    if str(json) == "-":
        sys.stdout.buffer.writelines((*pieces(result), b"\n"))
    elif showing is not None:
        showing.show_result(result, bars, report)


def _read_source(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        _refuse(f"cannot read {file}: {error.strerror}")
    except UnicodeDecodeError as error:
        _fail(f"{file}: not UTF-8 text (byte {error.start})")


def _pair(flag: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        _refuse(f"{flag} {text}: write it as name=value")
    return name, value


def _read_bytes(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12})([KMG]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    size = int(match[1]) * _UNITS[match[2].upper()] if match else 0
    if not (1 << 20) <= size <= (1 << 40):
        _refuse(f"--memory-limit {text}: write bytes, or a number with K, M or G; at least 1M")
    return size


def _explain(file: Path, source: str, error: StrategyFailedError) -> NoReturn:
    """Say what the strategy did wrong, with the line that did it."""
    lines = source.splitlines()
    told = [f"{file}: {_VERDICTS[error.verdict]}"]
    for problem in error.problems:
        place = f"line {problem.line}" if problem.line else ""
        if problem.line and problem.column:
            place += f", column {problem.column}"
        told.append(f"  {place + ': ' if place else ''}{problem.message}")
        if problem.line and problem.line <= len(lines):
            told.append(f"    {lines[problem.line - 1].strip()}")
        if problem.hint:
            told.append(f"  hint: {problem.hint}")
    _fail("\n".join(told))


_VERDICTS = {
    Verdict.REJECTED: "the source is refused",
    Verdict.CRASHED: "the strategy crashed",
    Verdict.TIMEOUT: "the strategy took too long (see --time-limit)",
    Verdict.OUT_OF_MEMORY: "the strategy took too much memory (see --memory-limit)",
    Verdict.OUTPUT_LIMIT: "the strategy wrote too much",
    Verdict.KILLED: "the strategy was stopped",
}


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(_FAILED)


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(_BAD_ARGUMENTS)
