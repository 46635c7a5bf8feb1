"""What a strategy has done wrong, and what it said: its source's lines, its log's last ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from logic_service.sandbox.types import LogLine, Problem, Verdict
from naru.cli.ending import fail
from naru.report.log import log_tail, printable
from naru.result import log_entry

_VERDICTS = {
    Verdict.REJECTED: "the source is refused",
    Verdict.CRASHED: "the strategy crashed",
    Verdict.TIMEOUT: "the strategy took too long (see --time-limit)",
    Verdict.OUT_OF_MEMORY: "the strategy took too much memory (see --memory-limit)",
    Verdict.OUTPUT_LIMIT: "the strategy wrote too much",
    Verdict.KILLED: "the strategy was stopped",
}


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
