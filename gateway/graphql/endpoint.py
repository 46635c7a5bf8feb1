"""``POST /graphql``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, FieldNode, OperationDefinitionNode
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.catalog import Catalog
from gateway.clients import Clients
from gateway.edge.exchange import EXCHANGE, Exchange
from gateway.edge.policies import RatePolicies, subject_of
from gateway.edge.rate_limits import RateLimiter
from gateway.edge.routes import ANY_SCOPE, Operation
from gateway.graphql.answers import answer_document
from gateway.graphql.context import GraphQLContext
from gateway.graphql.documents import Documents, InvalidDocumentError
from gateway.graphql.fields import CHANGES
from gateway.graphql.limits import check_limits, find_operation
from gateway.graphql.running import run_operation
from gateway.graphql.schema import default_page_sizes, executable
from gateway.pages.app import own_operation
from shared.errors import BadRequestError, InvalidInputError
from shared.http.app import PUBLIC_PREFIX
from shared.http.idempotency import KEY_HEADER
from shared.http.problems import field_problems
from shared.identity import IDENTITY_HEADER, IdentitySigner, Principal

GRAPHQL_PATH = "/graphql"
_BODY_LIMIT = 256 * 1024
"""32 KiB of query, spelt as JSON, and variables, which may hold a strategy's source."""

_COST_OF_A_TOKEN = 100
_CHANGES = {change.name: change for change in CHANGES}


class GraphQLRequest(BaseModel):
    """A request as "GraphQL over HTTP" spells it; there are no batches."""

    model_config = ConfigDict(extra="forbid")

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = Field(default=None, alias="operationName", max_length=128)
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that may be run.

    cost     as in ``extensions.cost``
    tokens   of the rate limit that it takes in all
    """

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    cost: int
    tokens: int


def graphql_operation() -> Operation:
    """Return what the edge has to know: anybody who has signed in may ask."""
    return own_operation("POST", GRAPHQL_PATH, cost=1, scope=ANY_SCOPE, body_limit=_BODY_LIMIT)


class GraphQL:
    """Measures documents, and runs them for whoever asks."""

    def __init__(
        self, clients: Clients, catalog: Catalog, limiter: RateLimiter, policies: RatePolicies
    ) -> None:
        self.clients = clients
        self.catalog = catalog
        self._limiter = limiter
        self._policies = policies
        self._documents = Documents(executable)
        self._page_sizes = default_page_sizes()

    def prepare(self, asked: GraphQLRequest) -> Prepared:
        """Measure and check a request, without running anything.

        Raises GraphQLLimitError, BadRequestError, InvalidDocumentError.
        """
        variables = asked.variables or {}
        document = self._documents.parse(asked.query)
        operation = find_operation(document, asked.operation_name)
        cost = check_limits(document, operation, variables, self._page_sizes)
        self._documents.validate(asked.query, document)
        tokens = max(1, math.ceil(cost / _COST_OF_A_TOKEN)) + self._tokens_of_changes(operation)
        return Prepared(document, operation, variables, cost, tokens)

    def _tokens_of_changes(self, operation: OperationDefinitionNode) -> int:
        """Return what the REST operations behind an operation's mutations cost."""
        fields = [
            node.name.value
            for node in operation.selection_set.selections
            if isinstance(node, FieldNode)
        ]
        changes = [_CHANGES[name] for name in fields if name in _CHANGES]
        return sum(
            self.catalog.find(change.method, f"{PUBLIC_PREFIX}{change.path}").cost
            for change in changes
        )

    async def count(self, principal: Principal, tokens: int, exchange: Exchange | None) -> None:
        """Take more tokens of the caller's allowance. Raises RateLimitedError."""
        if not tokens:
            return
        policy = self._policies.of(principal)
        allowance = await self._limiter.take(subject_of(principal), policy, tokens)
        if exchange is not None:
            exchange.allowance = allowance
        allowance.check()

    async def run(self, prepared: Prepared, context: GraphQLContext) -> ExecutionResult:
        """Run a query or mutation."""
        return await run_operation(
            executable,
            prepared.document,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation.name.value if prepared.operation.name else None,
        )


class GraphQLEndpoint:
    """Answers over HTTP, and tells errors by the codes that REST uses."""

    def __init__(self, graphql: GraphQL, identities: IdentitySigner) -> None:
        self._graphql = graphql
        self._identities = identities

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as an ASGI app behind the edge."""
        request = Request(scope, receive)
        principal = self._identities.verify(request.headers[IDENTITY_HEADER])
        asked = read_request(await request.body())
        status, answer = await self._answer(asked, principal, request)
        body = orjson.dumps(answer, default=str)
        await Response(body, status, media_type="application/json")(scope, receive, send)

    async def _answer(
        self, asked: GraphQLRequest, principal: Principal, request: Request
    ) -> tuple[int, Mapping[str, Any]]:
        try:
            prepared = self._graphql.prepare(asked)
        except InvalidDocumentError as error:
            return 400, answer_document(errors=error.problems)
        if prepared.operation.operation.value == "subscription":
            raise BadRequestError("subscribe over a WebSocket (graphql-transport-ws)")
        exchange = request.scope.get(EXCHANGE)
        await self._graphql.count(principal, prepared.tokens - 1, exchange)
        context = GraphQLContext(
            principal,
            self._graphql.clients,
            self._graphql.catalog,
            request.headers.get(KEY_HEADER),
        )
        result = await self._graphql.run(prepared, context)
        was_run = result.data is not None or any(error.path for error in result.errors or ())
        answer = answer_document(result.errors, prepared.cost)
        if was_run:
            answer["data"] = result.data
        return 200 if was_run else 400, answer


def read_request(body: bytes) -> GraphQLRequest:
    """Return the request of a JSON text. Raises InvalidInputError."""
    try:
        return GraphQLRequest.model_validate(orjson.loads(body or b"null"))
    except ValidationError as error:
        raise InvalidInputError.of_fields(field_problems(error.errors())) from error
