"""``POST /graphql``."""

from typing import Any

import orjson
from graphql import GraphQLError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.clients import Clients
from gateway.edge.routes import ANY_SCOPE, Operation
from gateway.graphql.context import GraphQLContext
from gateway.graphql.limits import check_limits, find_operation, parse_document
from gateway.graphql.schema import default_page_sizes, schema
from gateway.pages.app import own_operation
from shared.errors import InvalidInputError, PlatformError
from shared.http.problems import field_problems
from shared.identity import IDENTITY_HEADER, IdentitySigner
from shared.logging import get_logger

log = get_logger(__name__)

GRAPHQL_PATH = "/graphql"
_BODY_LIMIT = 128 * 1024
"""32 KiB of query, spelt as JSON, and variables."""


class GraphQLRequest(BaseModel):
    """A request as "GraphQL over HTTP" spells it; there are no batches."""

    model_config = ConfigDict(extra="forbid")

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = Field(default=None, alias="operationName", max_length=128)
    extensions: dict[str, Any] | None = None


def graphql_operation() -> Operation:
    """Return what the edge has to know: anybody who has signed in may ask."""
    return own_operation("POST", GRAPHQL_PATH, cost=1, scope=ANY_SCOPE, body_limit=_BODY_LIMIT)


class GraphQLEndpoint:
    """Measures a document, runs it, and tells errors by the codes that REST uses."""

    def __init__(self, clients: Clients, identities: IdentitySigner) -> None:
        self._clients = clients
        self._identities = identities
        self._page_sizes = default_page_sizes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as an ASGI app behind the edge."""
        request = Request(scope, receive)
        principal = self._identities.verify(request.headers[IDENTITY_HEADER])
        asked = _read(await request.body())
        context = GraphQLContext(principal, self._clients)
        response = await self._run(asked, context)
        await response(scope, receive, send)

    async def _run(self, asked: GraphQLRequest, context: GraphQLContext) -> Response:
        variables = asked.variables or {}
        document = parse_document(asked.query)
        operation = find_operation(document, asked.operation_name)
        cost = check_limits(document, operation, variables, self._page_sizes)
        result = await schema.execute(
            asked.query,
            variable_values=variables,
            context_value=context,
            operation_name=asked.operation_name,
        )
        answer: dict[str, Any] = {"extensions": {"cost": cost}}
        if result.errors:
            answer["errors"] = [_present(error) for error in result.errors]
        was_run = result.data is not None or any(error.path for error in result.errors or ())
        if was_run:
            answer["data"] = result.data
        status = 200 if was_run else 400
        return Response(orjson.dumps(answer), status, media_type="application/json")


def _read(body: bytes) -> GraphQLRequest:
    try:
        return GraphQLRequest.model_validate(orjson.loads(body or b"null"))
    except ValidationError as error:
        raise InvalidInputError(errors=field_problems(error.errors())) from error


def _present(error: GraphQLError) -> dict[str, Any]:
    """Return an error as GraphQL spells it; what we did not expect stays in the log."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(cause, PlatformError):
        formatted["message"] = cause.detail
        formatted["extensions"] = {
            "code": cause.code,
            "status": cause.status,
            "errors": [field.to_dict() for field in cause.errors],
            **cause.facts,
        }
    elif cause is None or isinstance(cause, GraphQLError):
        formatted["extensions"] = {"code": InvalidInputError.code, "status": 422}
    else:
        log.error("graphql.resolver_failed", path=error.path, exc_info=cause)
        formatted["message"] = PlatformError.title
        formatted["extensions"] = {"code": PlatformError.code, "status": 500}
    return formatted
