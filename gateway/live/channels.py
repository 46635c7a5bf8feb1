"""Which channels there are, and who may listen to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.errors import ForbiddenError, NotFoundError
from shared.identity import Principal
from shared.streams import stream_key, topic


class ChannelNotFoundError(NotFoundError):
    code, title = "channel-not-found", "No such channel"


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A family of channels.

    scope       what a credential must cover
    conflated   whether a slow listener gets the latest message only, and not every one
    """

    scope: str
    conflated: bool = False


KINDS: Mapping[str, ChannelKind] = {"jobs": ChannelKind(scope="backtest:read")}


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of one workspace."""

    name: str
    workspace_id: UUID
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
    """Return the channel. Raises ChannelNotFoundError, ForbiddenError."""
    kind = KINDS.get(name.partition(":")[0])
    if kind is None:
        raise ChannelNotFoundError
    if not principal.allows(kind.scope):
        raise ForbiddenError(f"this key lacks the scope {kind.scope}", required_scope=kind.scope)
    return Channel(name, principal.require_workspace(), kind)
