"""What a strategy has done wrong, and what it said: its source's lines, its log's last ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import typer

from logic_service.sandbox.types import LogLine, Problem, Verdict
from naru.report.log import log_tail, printable
from naru.result import log_entry

FAILED, BAD_ARGUMENTS = 1, 2
_VERDICTS = {
    Verdict.REJECTED: "the source is refused",
    Verdict.CRASHED: "the strategy crashed",
    Verdict.TIMEOUT: "the strategy took too long (see --time-limit)",
    Verdict.OUT_OF_MEMORY: "the strategy took too much memory (see --memory-limit)",
    Verdict.OUTPUT_LIMIT: "the strategy wrote too much",
    Verdict.KILLED: "the strategy was stopped",
}


def fail(text: str) -> NoReturn:
    """Say what the strategy did; raises typer.Exit with 1."""
    typer.echo(text, err=True)
    raise typer.Exit(FAILED)


def refuse(text: str) -> NoReturn:
    """Say what is wrong with arguments or data; raises typer.Exit with 2."""
    typer.echo(text, err=True)
    raise typer.Exit(BAD_ARGUMENTS)


def read_source(file: Path) -> str:
    """Return a strategy's source. Raises typer.Exit."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    except UnicodeDecodeError as error:
        fail(f"{file}: not UTF-8 text (byte {error.start})")


def explain(
    file: Path,
    source: str,
    verdict: Verdict,
    problems: Sequence[Problem],
    logs: Sequence[LogLine] = (),
) -> NoReturn:
    """Say what the strategy did wrong, with the line that did it, below what it had said."""
    lines = source.splitlines()
    told = log_tail([log_entry(line) for line in logs])
    told.append(f"{file}: {_VERDICTS[verdict]}")
    for problem in problems:
        place = f"line {problem.line}" if problem.line else ""
        if problem.line and problem.column:
            place += f", column {problem.column}"
        told.append(f"  {place + ': ' if place else ''}{printable(problem.message)}")
        if problem.line and problem.line <= len(lines):
            told.append(f"    {lines[problem.line - 1].strip()}")
        if problem.hint:
            told.append(f"  hint: {problem.hint}")
    fail("\n".join(told))
