"""What can go wrong, as classes. Decide by class or by ``code``; texts may change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

_SHOWN = 200


class NaruError(Exception):
    """Base of everything that this package raises on purpose."""


class ConnectionFailedError(NaruError):
    """No whole answer came: the platform is away, or the connection broke or was too slow."""


class UnexpectedAnswerError(NaruError):
    """An answer came that the API never gives; often a proxy's."""


class WaitTimeoutError(NaruError):
    """What was waited for did not end in time; it goes on."""


class SignInRequiredError(NaruError):
    """There is neither an API key nor a session."""


class StreamError(NaruError):
    """The platform refused a channel, or the whole stream.

    code   as in problems of the API
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({code})")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one part of the input.

    pointer   JSON pointer into the body; else ``/query/limit``, ``/path/id`` and so on
    line      1-based line of a strategy's source
    column    1-based column in that line
    hint      what else might help
    """

    pointer: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        """Return one line: where, then what."""
        if self.line is None:
            place = self.pointer
        elif self.column is None:
            place = f"line {self.line}"
        else:
            place = f"line {self.line}, column {self.column}"
        return f"{place}: {self.message}" if place else self.message


class ApiError(NaruError):
    """The platform answered with a problem (RFC 9457).

    code           which problem; never renamed
    errors         what is wrong with which part of the input
    request_id     to be named when asking for help
    retry_after_s  seconds after which trying again makes sense
    facts          further members of the problem
    """

    status: ClassVar[int] = 0
    _classes: ClassVar[dict[int, type["ApiError"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        ApiError._classes[cls.status] = cls

    def __init__(
        self,
        http_status: int,
        code: str,
        title: str,
        detail: str,
        errors: tuple[FieldProblem, ...] = (),
        request_id: str | None = None,
        retry_after_s: float | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        told = (str(problem) for problem in errors)
        lines = [f"{detail} ({code})", *(f"  {line}" for line in told if line != detail)]
        super().__init__("\n".join(lines))
        self.http_status = http_status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.facts = dict(facts or {})

    @classmethod
    def from_answer(cls, status: int, headers: Mapping[str, str], content: bytes) -> Self:
        """Read a problem. Raises UnexpectedAnswerError when it is none."""
        try:
            problem = json.loads(content)
            known = {name: problem.pop(name) for name in ("code", "title", "detail", "errors")}
            fields = tuple(_read_field(field) for field in known["errors"])
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            text = content[:_SHOWN].decode(errors="replace")
            raise UnexpectedAnswerError(f"HTTP {status} without a problem: {text}") from error
        for name in ("type", "status", "instance"):
            problem.pop(name, None)
        kind = cls._classes.get(status) or (ServerError if status >= 500 else ApiError)
        found: Any = kind(
            status,
            str(known["code"]),
            str(known["title"]),
            str(known["detail"]),
            fields,
            problem.pop("request_id", None),
            read_retry_after(headers),
            problem,
        )
        return found  # type: ignore[no-any-return]


def _read_field(field: Mapping[str, Any]) -> FieldProblem:
    return FieldProblem(
        str(field["pointer"]),
        str(field["code"]),
        str(field["message"]),
        field.get("line"),
        field.get("column"),
        field.get("hint"),
    )


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``; None when it says none."""
    text = headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


class BadRequestError(ApiError):
    """The request cannot be read."""

    status = 400


class NotAuthenticatedError(ApiError):
    """The credential is missing, expired or wrong."""

    status = 401


class ForbiddenError(ApiError):
    """The credential does not cover this."""

    status = 403


class NotFoundError(ApiError):
    """There is no such resource, or it belongs to somebody else."""

    status = 404


class ConflictError(ApiError):
    """The present state does not allow this."""

    status = 409


class PreconditionFailedError(ApiError):
    """The resource has changed since it was read."""

    status = 412


class ContentTooLargeError(ApiError):
    """The body is too large."""

    status = 413


class InvalidInputError(ApiError):
    """Some of the input is not valid; ``errors`` says what."""

    status = 422


class PreconditionRequiredError(ApiError):
    """Say which state is to be changed: ``if_match``."""

    status = 428


class RateLimitedError(ApiError):
    """Too many requests, or an allowance is used up."""

    status = 429


class ServerError(ApiError):
    """Something went wrong on the platform's side."""

    status = 500


class UnavailableError(ServerError):
    """A part of the platform does not answer just now."""

    status = 503
