"""Which REST operation a GraphQL field stands for: it answers to the same people in the same way.

Fields that are REST operations under another spelling say so themselves; here are the others.
"""

from collections.abc import Mapping

from gateway.graphql.fields import CHANGES, LISTINGS, READINGS

_METHOD = "GET"
SPELLED_AGAIN: Mapping[str, tuple[str, str]] = {
    **{change.name: (change.method, change.path) for change in CHANGES},
    **{listing.name: (_METHOD, listing.path) for listing in LISTINGS},
    **{reading.name: (_METHOD, reading.path) for reading in READINGS},
}
"""Field -> method and path of the operation."""

OWN_FIELDS: Mapping[str, str] = {
    "me": "get_me",
    "node": "get_strategy",
    "strategy": "get_strategy",
    "strategies": "list_strategies",
    "backtest": "get_backtest",
    "backtests": "list_backtests",
}
"""Field -> operation id."""

NULL_FOR_STRANGERS = frozenset({"node"})
"""Relay's ``node`` is null where REST answers 404."""

SUBSCRIPTIONS: Mapping[str, str] = {
    "jobProgress": "get_backtest",
    "notifications": "list_notifications",
}
"""Field -> operation id of the same thing at rest; see test_subscriptions.py."""
