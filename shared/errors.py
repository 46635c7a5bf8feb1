"""Expected failures. Each has a public ``code`` that is never renamed or reused."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one part of an input.

    pointer   JSON pointer (RFC 6901) into the body; else ``/query/limit``, ``/path/id`` and so on
    code      the rule that was broken, stable and machine-readable
    message   what to do about it, for people
    line      1-based line in the strategy source, when the input was code
    column    1-based column in that line
    """

    pointer: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; ``line`` and ``column`` only where they are known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class PlatformError(Exception):
    """Base of every failure that callers are told about as RFC 9457 problem details."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"

    _classes: ClassVar[dict[str, type["PlatformError"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        known = PlatformError._classes.setdefault(cls.code, cls)
        if "code" in cls.__dict__ and _name(known) != _name(cls):
            raise TypeError(f"error code {cls.code!r} belongs to {_name(known)} already")

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: dict[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.facts = facts

    @classmethod
    def from_problem(cls, problem: dict[str, Any], headers: dict[str, str]) -> "PlatformError":
        """Rebuild the error that a service answered with, as the class that it raised."""
        code = str(problem.get("code"))
        unknown = PlatformError if code == PlatformError.code else UnavailableError
        kind = cls._classes.get(code, unknown)
        fields = [FieldProblem(**field) for field in problem.get("errors", [])]
        known = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
        facts = {name: value for name, value in problem.items() if name not in known}
        return kind(problem.get("detail"), errors=fields, headers=headers, **facts)

    @classmethod
    def at(cls, pointer: str, rule: str, message: str) -> Self:
        """Build the error for a single offending field."""
        return cls(message, errors=[FieldProblem(pointer, rule, message)])

    @classmethod
    def of_fields(cls, problems: Sequence[FieldProblem]) -> Self:
        """Build the error for offending fields; the detail tells the first and counts the rest."""
        first, others = problems[0], len(problems) - 1
        where = f"{first.pointer}: " if first.pointer else ""
        rest = f" (and {others} more)" if others else ""
        return cls(f"{where}{first.message}{rest}", errors=problems)


class BadRequestError(PlatformError):
    status, code, title = 400, "bad-request", "The request cannot be read"


class NotAuthenticatedError(PlatformError):
    status, code, title = 401, "not-authenticated", "Sign in, or send an API key"


class ForbiddenError(PlatformError):
    status, code, title = 403, "forbidden", "Not allowed"


class StepUpRequiredError(ForbiddenError):
    code, title = "step-up-required", "Confirm first that it is you: POST /auth/step-up"


class NotFoundError(PlatformError):
    status, code, title = 404, "not-found", "Not found"


class MethodNotAllowedError(PlatformError):
    status, code, title = 405, "method-not-allowed", "This resource has no such method"


class ConflictError(PlatformError):
    status, code, title = 409, "conflict", "The present state does not allow this"


class PreconditionFailedError(PlatformError):
    status, code, title = 412, "precondition-failed", "The resource has changed since it was read"


class ContentTooLargeError(PlatformError):
    status, code, title = 413, "content-too-large", "The body is too large"


class UnsupportedMediaTypeError(PlatformError):
    status, code, title = 415, "unsupported-media-type", "This content type is not read here"


class InvalidInputError(PlatformError):
    status, code, title = 422, "invalid-input", "Some of the input is not valid"


class PreconditionRequiredError(PlatformError):
    status, code, title = 428, "precondition-required", "Send If-Match with the ETag that was read"


class RateLimitedError(PlatformError):
    status, code, title = 429, "rate-limited", "Too many requests"


class QuotaExceededError(PlatformError):
    status, code, title = 429, "quota-exceeded", "The plan's allowance is used up"


class UnavailableError(PlatformError):
    status, code, title = 503, "unavailable", "A part of the platform does not answer just now"


class DeadlineExceededError(PlatformError):
    status, code, title = 504, "deadline-exceeded", "A part of the platform took too long to answer"
