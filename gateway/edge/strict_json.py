"""Refuse bodies that JSON parsers disagree about (RFC 8259, read as I-JSON, RFC 7493)."""

import json
from typing import Any, NoReturn

import orjson

from shared.errors import BadRequestError, InvalidInputError

MAX_DEPTH = 64


class _RepeatedNameError(Exception):
    """Carries the name that an object holds twice."""


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises BadRequestError for what is not JSON in UTF-8 (NaN, numbers beyond a double and lone
    surrogates included), InvalidInputError for nesting beyond ``MAX_DEPTH``, the character U+0000,
    and objects with a repeated name.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"the body is not JSON in UTF-8: {error}") from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or rb"\u0000" in body:
        _look_through(value)
    _refuse_repeated_names(body)
    return value


def _look_through(value: Any) -> None:
    """Walk the value without recursion, so that depth cannot exhaust the stack."""
    waiting: list[tuple[Any, str, int]] = [(value, "", 1)]
    while waiting:
        part, pointer, depth = waiting.pop()
        if isinstance(part, str):
            _refuse_nul(part, pointer)
            continue
        if not isinstance(part, (dict, list)):
            continue
        if depth > MAX_DEPTH:
            raise InvalidInputError.at(pointer, "too-deep", f"nest at most {MAX_DEPTH} levels")
        if isinstance(part, list):
            waiting += [(child, f"{pointer}/{i}", depth + 1) for i, child in enumerate(part)]
            continue
        for name, child in part.items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            _refuse_nul(name, pointer)
            waiting.append((child, f"{pointer}/{escaped}", depth + 1))


def _refuse_nul(text: str, pointer: str) -> None:
    if "\0" in text:
        raise InvalidInputError.at(pointer, "nul-character", "text must not hold U+0000")


def _refuse_repeated_names(body: bytes) -> None:
    """Parse once more: orjson keeps the last of several equal names and does not tell."""
    try:
        json.loads(body, object_pairs_hook=_check_names)
    except _RepeatedNameError as error:
        name = str(error)[:100]
        raise InvalidInputError.at(
            "", "repeated-name", f"an object holds the name {name!r} twice"
        ) from error


def _check_names(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        _raise_repeated(pairs)


def _raise_repeated(pairs: list[tuple[str, Any]]) -> NoReturn:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _RepeatedNameError(name)
        seen.add(name)
    raise AssertionError("called for objects with a repeated name only")
