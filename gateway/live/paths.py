"""The addresses of sockets: ``/ws`` for everything, and some for a single purpose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.live.channels import KINDS

_QUOTES = "/ws/quotes/"


@dataclass(frozen=True, slots=True)
class SocketPath:
    """What can be followed at an address.

    kinds     the kinds of channels; empty: all
    channel   followed without being asked for, once the client has signed in
    """

    kinds: frozenset[str] = frozenset()
    channel: str | None = None


_PATHS: Mapping[str, SocketPath] = {
    "/ws": SocketPath(),
    "/ws/market": SocketPath(frozenset(name for name, kind in KINDS.items() if kind.market)),
    "/ws/orders": SocketPath(frozenset({"orders"}), "orders"),
    "/ws/positions": SocketPath(frozenset({"positions"}), "positions"),
    "/ws/surge": SocketPath(frozenset({"surge"})),
}


def find_path(path: str) -> SocketPath | None:
    """Return what there is at a path; None when there is nothing."""
    if path.startswith(_QUOTES):
        symbol = path.removeprefix(_QUOTES)
        if re.fullmatch(KINDS["market"].pattern, symbol):
            return SocketPath(frozenset({"market"}), f"market:{symbol}")
        return None
    return _PATHS.get(path)
