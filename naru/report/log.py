"""What a strategy has said, as lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from naru.report.catalogue import Language, text
from naru.report.formats import UNDEFINED

_LAST = 10
_KEPT = "\n\t"


def log_line(line: Mapping[str, Any]) -> str:
    """Return one line of a result's log with its time."""
    when = (line["ts"] or UNDEFINED).replace("T", " ").removesuffix("Z")
    return f"{when}  {line['text']}"


def log_tail(logs: Sequence[Mapping[str, Any]], language: Language = "en") -> list[str]:
    """Return a heading and the last lines of a log, fit for a terminal; nothing without any."""
    if not logs:
        return []
    last = [log_line(line) for line in logs[-_LAST:]]
    heading = text("log_whole", language)
    if len(last) < len(logs):
        heading = text("log_tail", language).format(count=len(last), all=f"{len(logs):,}")
    return [heading, *(f"  {printable(line)}" for line in last)]


def printable(words: str) -> str:
    """Return a strategy's text so that it cannot move a terminal's cursor or change colours."""
    return "".join(
        each if each.isprintable() or each in _KEPT else each.encode("unicode_escape").decode()
        for each in words
    )
