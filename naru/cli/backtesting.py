"""What ``naru backtest`` does: read what was typed, run, show, or say what is wrong."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast, get_args

import typer

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.link import ZygoteLink
from logic_service.sandbox.types import Limits, SandboxUnavailableError
from naru.bars import Bars
from naru.cli.ending import fail, read_source, refuse
from naru.cli.explaining import explain
from naru.cli.offline import DataRefusedError, OfflineRun, StrategyFailedError
from naru.cli.options import UNSAFE_WARNING
from naru.cli.run_options import read_options
from naru.engine.config import RunConfig
from naru.errors import ConfigError, NaruError, ParamError
from naru.report.catalogue import Language
from naru.result import pieces

_LOG_BYTES = 1 << 20
_BAR_FILES = (".parquet", ".csv", ".csv.gz")
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
    language: str = "en"
    is_unsafe: bool = False


def run_command(link: ZygoteLink, given: Arguments) -> None:
    """Run, and deliver the result. Raises typer.Exit with the command's status on any failure."""
    try:
        with SandboxHost(standby=0, unsafe_development=given.is_unsafe, link=link) as host:
            language = _read_language(given.language)
            result, bars = _run(host, given)
    except typer.Exit:
        _tell_of_older(path for path in (given.json, given.report) if path is not None)
        raise
    _deliver(result, bars, given, language)


def _run(host: SandboxHost, given: Arguments) -> tuple[dict[str, Any], list[Bars]]:
    source = read_source(given.file)
    try:
        more = read_options(_pair("--option", text) for text in given.more_options)
        options, zone = {**given.options, **more}, ""
        if isinstance(options.get("session"), str):  # rare, and zones take a while to load
            options, zone = import_module("shared.session_zone").split_zone(options)
        run = OfflineRun(
            source=source,
            data=[file for path in given.data for file in _bar_files(path)],
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
        refuse(f"--param {error.field}: {error.message}")
    except ConfigError as error:
        own = error.field in given.options
        flag = f"--{error.field.replace('_', '-')}" if own else f"--option {error.field}"
        refuse(f"{flag}: {error.message}")
    except DataRefusedError as error:
        refuse(str(error))
    except StrategyFailedError as error:
        explain(given.file, source, error.verdict, error.problems, error.logs)
    except (NaruError, SandboxUnavailableError) as error:
        fail(str(error))


def _tell_of_older(paths: Iterable[Path]) -> None:
    """Say which files still hold an earlier run's result, lest they are taken for this one's."""
    for path in paths:
        if path.is_file():
            typer.echo(f"{path} stays as it was: it does not tell of this run", err=True)


def _deliver(
    result: dict[str, Any], bars: Sequence[Bars], given: Arguments, language: Language
) -> None:
    json, report = given.json, given.report
    # Loaded here: `--json -` has to be quick, and charts are heavy.
    showing = import_module("naru.cli.showing") if report or str(json) != "-" else None
    try:
        if report is not None and showing is not None:
            showing.write_report(report, result, bars, language)
        if json is not None and str(json) != "-":
            with json.open("wb") as file:
                file.writelines(pieces(result))
    except OSError as error:
        refuse(f"cannot write {error.filename}: {error.strerror}")
    if str(json) == "-":
        sys.stdout.buffer.writelines((*pieces(result), b"\n"))
    elif showing is not None:
        showing.show_result(result, bars, report, language)


def _bar_files(path: Path) -> list[Path]:
    """Return the file, or a folder's files of bars by name."""
    if not path.is_dir():
        return [path]
    try:
        found = sorted(file for file in path.iterdir() if file.name.lower().endswith(_BAR_FILES))
    except OSError as error:
        refuse(f"--data {path}: {error.strerror}")
    if not found:
        refuse(f"--data {path}: this folder holds no {', '.join(_BAR_FILES)}")
    return found


def _pair(flag: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        refuse(f"{flag} {text}: write it as name=value")
    return name, value


def _read_language(text: str) -> Language:
    if text not in get_args(Language):
        refuse(f"--language {text}: must be {' or '.join(get_args(Language))}")
    return cast("Language", text)


def _read_bytes(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12})([KMG]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    size = int(match[1]) * _UNITS[match[2].upper()] if match else 0
    if not (1 << 20) <= size <= (1 << 40):
        refuse(f"--memory-limit {text}: write bytes, or a number with K, M or G; at least 1M")
    return size
