"""Which channels there are, and who may listen to them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.errors import ForbiddenError, InvalidInputError, NotFoundError
from shared.identity import Principal
from shared.streams import stream_key, topic

_SYMBOL = r"\w[\w.\-/=^&]{0,63}"
_TIMEFRAME = r"[1-9][0-9]{0,3}(?:ms|s|m|h|d|w|mo)"
_MARKET = r"[A-Z][A-Z0-9_\-]{0,15}"
_DEPLOYMENT = r"dep_[0-9a-f]{32}"


class LiveChannelNotFoundError(NotFoundError):
    code, title = "live-channel-not-found", "There is no such live channel"


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A family of channels.

    scope     what a credential must cover
    form      how names continue, such as ``{symbol}:{timeframe}``; empty: not at all
    pattern   the same as a regular expression
    market    shared by everybody, and conflated: a listener who is slow gets the latest message of
              each key, and not every one. All others belong to a workspace and are never conflated
    """

    scope: str
    form: str = ""
    pattern: str = ""
    market: bool = False


KINDS: Mapping[str, ChannelKind] = {
    "market": ChannelKind("data:read", "{symbol}", _SYMBOL, market=True),
    "candles": ChannelKind(
        "data:read", "{symbol}:{timeframe}", f"{_SYMBOL}:{_TIMEFRAME}", market=True
    ),
    "orderbook": ChannelKind("data:read", "{symbol}", _SYMBOL, market=True),
    "tape": ChannelKind("data:read", "{symbol}", _SYMBOL, market=True),
    "surge": ChannelKind("data:read", "{market}", _MARKET, market=True),
    "jobs": ChannelKind("backtest:read"),
    "signals": ChannelKind("trade:read"),
    "orders": ChannelKind("trade:read"),
    "positions": ChannelKind("trade:read"),
    "notifications": ChannelKind("notify:read"),
    "logs": ChannelKind("trade:read", "{deployment}", _DEPLOYMENT),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a workspace; of everybody when ``workspace_id`` is None."""

    name: str
    workspace_id: UUID | None
    kind: ChannelKind

    @property
    def stream(self) -> str:
        """The Redis stream with the last messages."""
        return stream_key(self.workspace_id, self.name)

    @property
    def topic(self) -> str:
        """The Redis pub/sub channel with the new ones."""
        return topic(self.workspace_id, self.name)


def open_channel(name: str, principal: Principal) -> Channel:
    """Return the channel. Raises LiveChannelNotFoundError, InvalidInputError, ForbiddenError."""
    kind_name, _, rest = name.partition(":")
    kind = KINDS.get(kind_name)
    if kind is None:
        raise LiveChannelNotFoundError(f"channels are called {', '.join(KINDS)}")
    if not re.fullmatch(kind.pattern, rest) or (not kind.form and ":" in name):
        form = f"{kind_name}:{kind.form}" if kind.form else kind_name
        raise InvalidInputError.at("/ch", "channel-malformed", f"write the channel as {form}")
    if not principal.allows(kind.scope):
        raise ForbiddenError(f"this key lacks the scope {kind.scope}", required_scope=kind.scope)
    workspace_id = principal.require_workspace()
    return Channel(name, None if kind.market else workspace_id, kind)
