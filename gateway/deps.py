"""What the gateway opens once per process."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from auth_service.client import Authenticator
from gateway.backends.port import Backend
from gateway.catalog import Catalog
from gateway.clients import Clients
from gateway.edge.answers import AnswerCache
from gateway.edge.authentication import Callers
from gateway.edge.pipeline import Edge
from gateway.edge.policies import RatePolicies
from gateway.edge.rate_limits import RateLimiter, RatePolicy
from gateway.edge.slices import InSlices
from gateway.graphql.endpoint import GRAPHQL_PATH, GraphQL, GraphQLEndpoint, graphql_operation
from gateway.live.connection import Doors
from gateway.live.hub import Hub
from gateway.live.places import Places
from gateway.live.watch import Watch
from gateway.observer import Observer
from gateway.pages.app import SERVICE, Pages, by_path, page_operations
from gateway.pages.health import Readiness
from gateway.settings import GatewaySettings
from shared.identity import IdentitySigner
from shared.logging import get_logger
from shared.redis import connect_redis
from shared.together import stop

log = get_logger(__name__)

_COMPRESSED_FROM_BYTES = 8 * 1024
_COMPRESSION_LEVEL = 4  # most of the gain for a third of the time


@dataclass(frozen=True, slots=True)
class GatewayDeps:
    """The edge, and what sockets need besides."""

    edge: ASGIApp
    doors: Doors
    graphql: GraphQL
    observer: Observer


@asynccontextmanager
async def open_deps(
    settings: GatewaySettings, backends: Sequence[Backend], clients: Clients
) -> AsyncIterator[GatewayDeps]:
    """Open the gateway's connections and keep its pictures of the services fresh."""
    redis, for_limits = connect_redis(settings), connect_redis(settings)
    observer = Observer()
    catalog = Catalog(
        {backend.name: backend.document for backend in backends},
        page_operations() | {GRAPHQL_PATH: graphql_operation()},
    )
    readiness = Readiness(clients.by_name(), redis, catalog)
    pages = Pages(catalog, readiness, observer, clients.auth, clients.logic)
    authenticator = Authenticator(clients.auth, redis)
    callers = Callers(authenticator, IdentitySigner(settings.master_key))
    limiter = RateLimiter(for_limits)
    policies = RatePolicies(RatePolicy(settings.anonymous_per_minute, settings.anonymous_burst))
    places = Places(redis)
    watch = Watch(authenticator, places)
    doors = Doors(callers, limiter, policies, Hub(redis), places, watch)
    graphql = GraphQL(clients, catalog, limiter, policies)
    endpoint = GraphQLEndpoint(graphql, IdentitySigner(settings.master_key))
    apps: Mapping[str, ASGIApp] = {backend.name: backend.app for backend in backends} | {
        SERVICE: by_path({GRAPHQL_PATH: endpoint}, otherwise=pages)
    }
    answers = AnswerCache(redis)
    edge = Edge(settings, catalog, apps, callers, limiter, policies, observer, answers)
    followers = (
        catalog.keep_loading(),
        authenticator.run_forever(),
        policies.follow(clients.auth),
        answers.follow("data", clients.data),
        doors.hub.run_forever(),
        watch.run_forever(),
    )
    try:
        await asyncio.gather(catalog.load(), policies.read(clients.auth), limiter.prepare())
        async with running_beside(followers):
            compressed = GZipMiddleware(edge, _COMPRESSED_FROM_BYTES, _COMPRESSION_LEVEL)
            yield GatewayDeps(InSlices(compressed), doors, graphql, observer)
    finally:
        await redis.aclose()
        await for_limits.aclose()


@asynccontextmanager
async def running_beside(followers: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run coroutines until the block ends. One that fails is logged, and ends alone."""
    tasks = [asyncio.create_task(follower) for follower in followers]
    for task in tasks:
        task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        await stop(tasks)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("gateway.follower_failed", exc_info=task.exception())
