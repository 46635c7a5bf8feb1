"""Marks on routes, read by the gateway from a service's OpenAPI document.

A route without a mark is internal: the gateway does not know it, and it wants a service's identity.
"""

from typing import Any, Literal, TypedDict

ACCESS_KEY = "x-naru-access"

Scope = Literal[
    "account:read",
    "account:write",
    "strategy:read",
    "strategy:write",
    "backtest:read",
    "backtest:run",
    "data:read",
    "data:write",
    "trade:read",
    "trade:place",
    "notify:read",
    "notify:write",
]


CachedFor = Literal["everybody", "workspace"]


class Access(TypedDict):
    """What the gateway enforces before a request reaches the service.

    scope        what an API key must cover; None where signing in is not needed
    cost         how many tokens of the rate limit one call takes
    body_limit   bytes; 0 means the gateway's default for JSON
    cache_s      how many seconds the gateway may keep an answer; 0 for none
    cache_for    whose answers are the same: everybody's, or those of one workspace
    """

    scope: Scope | None
    cost: int
    body_limit: int
    cache_s: int
    cache_for: CachedFor


def public(
    scope: Scope | None,
    *,
    cost: int = 1,
    body_limit: int = 0,
    cache_s: int = 0,
    cache_for: CachedFor = "workspace",
) -> dict[str, Any]:
    """Open a route to the public: pass the result as the route's ``openapi_extra``."""
    return {
        ACCESS_KEY: Access(
            scope=scope, cost=cost, body_limit=body_limit, cache_s=cache_s, cache_for=cache_for
        )
    }
