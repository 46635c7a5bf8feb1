"""``graphql-transport-ws``, for subscriptions.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, Literal, cast

import orjson
from graphql import ExecutionResult, subscribe
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocketDisconnect

from gateway.edge.strict_json import parse_json
from gateway.graphql.answers import answer_document, present_error, present_problem
from gateway.graphql.context import GraphQLContext, Messages
from gateway.graphql.documents import InvalidDocumentError
from gateway.graphql.endpoint import GraphQL, GraphQLRequest, Prepared
from gateway.graphql.schema import executable
from gateway.live.channels import open_channel
from gateway.live.connection import CloseError, Connection
from gateway.live.feed import Feed
from shared.errors import (
    BadRequestError,
    ForbiddenError,
    InvalidInputError,
    NotAuthenticatedError,
    PlatformError,
    QuotaExceededError,
)
from shared.http.problems import field_problems
from shared.logging import get_logger

log = get_logger(__name__)

SUBPROTOCOL = "graphql-transport-ws"
_BAD_MESSAGE, _UNAUTHORIZED, _FORBIDDEN = 4400, 4401, 4403
_TOO_LATE, _ID_TAKEN, _SECOND_INIT = 4408, 4409, 4429
_LARGEST_MESSAGE = 60 * 1024


class Message(BaseModel):
    """What a client may say; ``payload`` of ``subscribe`` is a GraphQL request."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["connection_init", "ping", "pong", "subscribe", "complete"]
    id: str | None = Field(default=None, min_length=1, max_length=100)
    payload: dict[str, Any] | None = None


class GraphQLSocket:
    """Runs subscriptions over one connection."""

    subprotocol: str | None = SUBPROTOCOL
    too_late = _TOO_LATE

    def __init__(self, connection: Connection, graphql: GraphQL) -> None:
        self._connection = connection
        self._graphql = graphql
        self._running: dict[str, asyncio.Task[None]] = {}

    async def sign_in(self) -> None:
        """Hear ``connection_init``: its payload holds ``token``, or ``Authorization``."""
        message = await self._hear()
        if message.type != "connection_init":
            raise CloseError(_UNAUTHORIZED, NotAuthenticatedError("send connection_init first"))
        try:
            await self._connection.let_in(_read_token(message.payload or {}))
        except CloseError as error:
            code = _FORBIDDEN if error.code == _UNAUTHORIZED else error.code
            raise CloseError(code, error.error) from error
        await self._say({"type": "connection_ack"})

    async def _hear(self) -> Message:
        try:
            return Message.model_validate(parse_json(await self._connection.hear(_LARGEST_MESSAGE)))
        except ValidationError as error:
            problem = InvalidInputError.of_fields(field_problems(error.errors()))
            raise CloseError(_BAD_MESSAGE, problem) from error
        except PlatformError as error:
            raise CloseError(_BAD_MESSAGE, error) from error

    async def listen(self) -> None:
        """Hear and answer messages until the connection ends. Raises CloseError."""
        while True:
            message = await self._hear()
            if message.type == "ping":
                await self._say({"type": "pong"})
            elif message.type == "connection_init":
                raise CloseError(_SECOND_INIT, BadRequestError("there was a connection_init"))
            elif message.type == "subscribe":
                await self._begin(message)
            elif message.type == "complete":
                self._end(message.id or "")

    async def _begin(self, message: Message) -> None:
        if message.id is None or message.payload is None:
            raise CloseError(_BAD_MESSAGE, BadRequestError("subscribe with id and payload"))
        if message.id in self._running:
            raise CloseError(_ID_TAKEN, BadRequestError(f"{message.id} is running"))
        try:
            prepared = await self._prepare(message.payload)
        except InvalidDocumentError as error:
            errors = [present_error(problem) for problem in error.problems]
            await self._say({"id": message.id, "type": "error", "payload": errors})
        except PlatformError as error:
            await self._refuse(message.id, error)
        else:
            running = asyncio.create_task(self._run(message.id, prepared))
            self._running[message.id] = running

    async def _prepare(self, payload: dict[str, Any]) -> Prepared:
        most = self._connection.most_channels
        if len(self._running) >= most:
            raise QuotaExceededError(f"the plan allows {most} subscriptions on one connection")
        try:
            asked = GraphQLRequest.model_validate(payload)
        except ValidationError as error:
            raise InvalidInputError.of_fields(field_problems(error.errors())) from error
        prepared = self._graphql.prepare(asked)
        if prepared.operation.operation.value != "subscription":
            raise BadRequestError("send queries and mutations to POST /graphql")
        await self._graphql.count(self._connection.signed_in(), prepared.tokens, None)
        return prepared

    def _end(self, subscription_id: str) -> None:
        running = self._running.pop(subscription_id, None)
        if running is not None:
            running.cancel()

    async def _run(self, subscription_id: str, prepared: Prepared) -> None:
        """Send a subscription's events until it ends."""
        try:
            await self._relay(subscription_id, prepared)
        except PlatformError as error:
            await self._refuse(subscription_id, error)
        except (WebSocketDisconnect, OSError, CloseError):
            log.debug("subscription.cut", id=subscription_id)  # the connection ends by itself
        except Exception:
            log.exception("subscription.failed")
            await self._refuse(subscription_id, PlatformError())
        finally:
            if self._running.get(subscription_id) is asyncio.current_task():
                del self._running[subscription_id]

    async def _relay(self, subscription_id: str, prepared: Prepared) -> None:
        graphql = self._graphql
        principal = self._connection.signed_in()
        context = GraphQLContext(principal, graphql.clients, graphql.catalog, None, self._follow)
        name = prepared.operation.name
        answer = subscribe(
            executable,
            prepared.document,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=name.value if name else None,
        )
        events = await answer if isawaitable(answer) else answer
        if isinstance(events, ExecutionResult):
            errors = [present_error(error) for error in events.errors or ()]
            await self._say({"id": subscription_id, "type": "error", "payload": errors})
            return
        async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", events)) as results:
            async for result in results:
                payload = {"data": result.data, **answer_document(result.errors, prepared.cost)}
                await self._say({"id": subscription_id, "type": "next", "payload": payload})
        await self._say({"id": subscription_id, "type": "complete"})

    async def _follow(self, name: str, from_seq: int | None) -> Messages:
        """Yield a channel's messages as they come. Raises ForbiddenError, UnavailableError."""
        channel = open_channel(name, self._connection.signed_in())
        news = asyncio.Event()
        feed = Feed(channel, self._connection.doors.hub, news.set)
        try:
            await feed.start(from_seq)
            news.set()
            while True:
                await news.wait()
                news.clear()
                async for message in feed.messages():
                    if not feed.is_for(self._connection.signed_in()):
                        raise ForbiddenError("no longer allowed")
                    yield message
        finally:
            feed.stop()

    async def _refuse(self, subscription_id: str, error: PlatformError) -> None:
        payload = [present_problem(error)]
        await self._say({"id": subscription_id, "type": "error", "payload": payload})

    async def news(self) -> AsyncIterator[str]:
        """Yield nothing: subscriptions send their events themselves."""
        nothing: tuple[str, ...] = ()
        for frame in nothing:
            yield frame

    def heartbeat(self) -> str:
        """Return a frame that says that we live."""
        return '{"type":"ping"}'

    def farewell(self, error: PlatformError) -> str | None:
        """Return None: the protocol says all in the close code."""
        return None

    async def leave(self) -> None:
        """End all subscriptions."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _say(self, message: dict[str, Any]) -> None:
        await self._connection.send(orjson.dumps(message, default=str).decode())


def _read_token(payload: dict[str, Any]) -> str:
    given = payload.get("token") or payload.get("Authorization") or ""
    return given.removeprefix("Bearer ").strip() if isinstance(given, str) else ""
