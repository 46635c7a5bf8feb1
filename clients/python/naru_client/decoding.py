"""Answers as typed values."""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from naru_client.errors import UnexpectedAnswerError
from naru_client.exchange import Answer
from naru_client.model import Model
from naru_client.pages import Page

Value = TypeVar("Value")


def decode(kind: type[Value], answer: Answer) -> Value:
    """Return the answer as ``kind``: a model, ``str`` (a page, an address), ``bytes``, or ``None``.

    A model remembers its ETag. Raises UnexpectedAnswerError.
    """
    found: Any
    if kind is type(None):
        found = None
    elif kind is bytes:
        found = answer.content
    elif kind is str:
        found = answer.headers.get("location") or answer.content.decode(errors="replace")
    else:
        found = _validate(kind, _read_json(answer))
        if isinstance(found, Model):
            found.remember_etag(answer.headers.get("etag"))
    return found  # type: ignore[no-any-return]


def decode_page(kind: type[Value], answer: Answer) -> Page[Value]:
    """Return the answer as one page of a list. Raises UnexpectedAnswerError."""
    body = _read_json(answer)
    if not isinstance(body, dict) or not isinstance(body.get("items"), list):
        raise UnexpectedAnswerError("the answer is no page of a list")
    return Page([_validate(kind, item) for item in body["items"]], body.get("next_cursor"))


def _read_json(answer: Answer) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError as error:
        raise UnexpectedAnswerError(f"HTTP {answer.status} without JSON") from error


def _validate(kind: type[Value], data: Any) -> Value:
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        places = [".".join(map(str, problem["loc"])) for problem in error.errors()]
        raise UnexpectedAnswerError(f"the answer does not fit: {', '.join(places)}") from None
