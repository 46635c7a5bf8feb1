"""Every failure leaves a service as ``application/problem+json`` (RFC 9457)."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from structlog.contextvars import get_contextvars

from shared.errors import (
    BadRequestError,
    FieldProblem,
    InvalidInputError,
    MethodNotAllowedError,
    NotFoundError,
    PlatformError,
    UnavailableError,
)
from shared.http.wording import problem_text
from shared.logging import get_logger

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_BY_STATUS: dict[int, type[PlatformError]] = {
    404: NotFoundError,
    405: MethodNotAllowedError,
}


def problem_document(error: PlatformError, instance: str | None = None) -> dict[str, Any]:
    """Return the problem's JSON members."""
    return {
        "type": f"https://naru.dev/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": instance,
        "code": error.code,
        "request_id": get_contextvars().get("request_id"),
        "errors": [field.to_dict() for field in error.errors],
        **error.facts,
    }


def problem_response(error: PlatformError, instance: str | None = None) -> Response:
    """Answer with a problem."""
    body = orjson.dumps(problem_document(error, instance), default=str)
    return Response(body, error.status, headers=error.headers, media_type=MEDIA_TYPE)


def field_problems(errors: Sequence[Any], body: object = None) -> list[FieldProblem]:
    """Translate pydantic's error list: the location becomes a JSON pointer into ``body``."""
    problems = []
    for error in errors:
        location = error["loc"]
        if location[:1] == ("body",):
            location = _within(location[1:], body)
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
        pointer = "".join("/" + part for part in parts)
        rule = error["type"].replace("_", "-")
        problems.append(FieldProblem(pointer, rule, problem_text(error)))
    return problems


def _within(location: Sequence[str | int], body: object) -> list[str | int]:
    """Return the location without what names a form of several, and is not in the body.

    The last part stays: it may be what is missing.
    """
    found = []
    for part in location[:-1]:
        if isinstance(body, dict):
            if part not in body:
                continue
            body = body[part]
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        found.append(part)
    return [*found, *location[-1:]]


def install_problem_handlers(app: FastAPI) -> None:
    """Make ``app`` answer every exception with a problem."""

    @app.exception_handler(PlatformError)
    async def expected(request: Request, error: PlatformError) -> Response:
        return problem_response(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        problems = field_problems(error.errors(), error.body)
        unreadable = any(problem.code == "json-invalid" for problem in problems)
        kind = BadRequestError if unreadable else InvalidInputError
        return problem_response(kind.of_fields(problems), request.url.path)

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code, BadRequestError)
        headers = dict(error.headers or {})
        return problem_response(kind(str(error.detail), headers=headers), request.url.path)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return problem_response(BadRequestError("the body broke off"), request.url.path)

    @app.exception_handler(SQLAlchemyError)
    async def database(request: Request, error: SQLAlchemyError) -> Response:
        log.exception("request.database_failed", path=request.url.path)
        return problem_response(UnavailableError(), request.url.path)

    @app.exception_handler(ValidationError)
    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.exception("request.failed", path=request.url.path)
        return problem_response(PlatformError(), request.url.path)
