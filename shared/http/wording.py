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


def _length(context: dict[str, Any]) -> str:
    most = "max_length" in context
    length = context["max_length" if most else "min_length"]
    return f"give at {'most' if most else 'least'} {length} character{'' if length == 1 else 's'}"


def _fixed(text: str) -> Callable[[dict[str, Any]], str]:
    return lambda _: text


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": _fixed("is required"),
    "extra_forbidden": _fixed("there is no such field here"),
    **dict.fromkeys(
        ("model_attributes_type", "model_type", "dict_type"), _fixed("must be a JSON object")
    ),
    "list_type": _fixed("must be a list"),
    "string_type": _fixed("must be a text"),
    **dict.fromkeys(("int_type", "int_parsing"), _fixed("must be a whole number")),
    **dict.fromkeys(("bool_type", "bool_parsing"), _fixed("must be true or false")),
    "timezone_aware": _fixed("say the time zone, too: 2026-01-31T09:00:00Z"),
    "greater_than_equal": "must be at least {ge}".format_map,
    "less_than_equal": "must be at most {le}".format_map,
    "literal_error": "must be {expected}".format_map,
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}".format_map,
    "string_too_short": _length,
    "string_too_long": _length,
    "too_short": _bound,
    "too_long": _bound,
}
