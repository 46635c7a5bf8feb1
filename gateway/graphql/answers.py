"""Answers, with errors that carry REST's codes."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from shared.errors import InvalidInputError, PlatformError
from shared.logging import get_logger

log = get_logger(__name__)


def answer_document(
    errors: Sequence[GraphQLError] | None = None, cost: int | None = None
) -> dict[str, Any]:
    """Return an answer's members but its data."""
    answer: dict[str, Any] = {}
    if cost is not None:
        answer["extensions"] = {"cost": cost}
    if errors:
        answer["errors"] = [present_error(error) for error in errors]
    return answer


def present_error(error: GraphQLError) -> dict[str, Any]:
    """Return an error as GraphQL spells it; what we did not expect stays in the log."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(cause, PlatformError):
        formatted |= present_problem(cause)
    elif cause is None or isinstance(cause, GraphQLError):
        formatted["extensions"] = {"code": InvalidInputError.code, "status": 422}
    else:
        log.error("graphql.resolver_failed", path=error.path, exc_info=cause)
        formatted |= present_problem(PlatformError())
    return formatted


def present_problem(problem: PlatformError) -> dict[str, Any]:
    """Return a refusal as a GraphQL error."""
    return {
        "message": problem.detail,
        "extensions": {
            "code": problem.code,
            "status": problem.status,
            "errors": [field.to_dict() for field in problem.errors],
            **problem.facts,
        },
    }
