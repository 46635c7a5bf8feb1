"""Options of a run as they are typed: name=value, often JSON, some of them more than once."""

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from naru.engine.config import RunConfig

# Those that list parts: costs, taxes, corporate actions.
_LISTS = frozenset(option.name for option in fields(RunConfig) if option.default == ())


def read_options(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return values by name. What lists parts may be given part by part; else the last one counts.

    Values are JSON where they are such, with decimals as texts.
    """
    options: dict[str, Any] = {}
    for name, text in pairs:
        value = _read(text)
        if name in _LISTS and name in options:
            value = [*_parts(options[name]), *_parts(value)]
        options[name] = value
    return options


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=int)
    except ValueError:
        return text
