"""What is wrong with an input, for whoever sent it: pydantic's own words are for programmers."""

from collections.abc import Callable
from typing import Any

_CHECKS = ("Value error, ", "Assertion failed, ")


def problem_text(error: Any) -> str:
    """Return one of pydantic's errors as a sentence that says what to send instead."""
    write = _SENTENCES.get(error["type"])
    if write is not None:
        return write(error.get("ctx", {}))
    text: str = error["msg"]
    for prefix in _CHECKS:
        text = text.removeprefix(prefix)
    return text


def _bound(context: dict[str, Any]) -> str:
    # Lists and secrets break this rule; "Value" is what pydantic calls a secret.
    unit = "characters" if context["field_type"] == "Value" else "items"
    most = "max_length" in context
    length = context["max_length" if most else "min_length"]
    unit = unit[:-1] if length == 1 else unit
    found = context.get("actual_length")
    rest = "" if found is None else f", not {found}"  # of generators nobody knows it
    return f"give at {'most' if most else 'least'} {length} {unit}{rest}"


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "there is no such field here",
    "timezone_aware": lambda _: "say the time zone, too: 2026-01-31T09:00:00Z",
    "too_short": _bound,
    "too_long": _bound,
}
