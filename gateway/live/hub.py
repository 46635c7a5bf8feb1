"""One Redis subscription for a gateway process, shared by all of its sockets."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from gateway.live.channels import Channel
from shared.logging import get_logger

log = get_logger(__name__)

_QUIET_S = 5.0
_RECONNECT_S = 0.5
_JOIN_S = 2.0
_KEEPALIVE_TOPIC = "live-new:gateway"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message as it goes to sockets: one JSON frame."""

    seq: int
    frame: str


class Listener(Protocol):
    """Whoever wants a channel's messages."""

    def offer(self, message: Numbered) -> None:
        """Take a new message; must not wait."""
        ...

    def interrupted(self) -> None:
        """Messages may have been missed: read again what the stream has kept."""
        ...


@dataclass(slots=True)
class _Topic:
    channel: Channel
    listeners: set[Listener]
    joined: asyncio.Event


class Hub:
    """Hands new messages to the listeners of their channel."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._topics: dict[str, _Topic] = {}
        self._subscription: Any = None

    async def run_forever(self) -> None:
        """Listen to Redis until cancelled; reconnect, and tell listeners when that happened."""
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(_KEEPALIVE_TOPIC, *self._topics)
                    self._subscription = subscription
                    while True:
                        self._take(await subscription.get_message(timeout=_QUIET_S))
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("hub.redis_away", reason=repr(error))
            finally:
                self._subscription = None
                for topic in self._topics.values():
                    topic.joined.clear()
            await asyncio.sleep(_RECONNECT_S)

    async def join(self, channel: Channel, listener: Listener) -> None:
        """Add a listener; returns once messages published from now on will reach it.

        When Redis is away that is later: the listener is told, as after any interruption.
        """
        topic = self._topics.get(channel.topic)
        if topic is None:
            topic = _Topic(channel, set(), asyncio.Event())
            self._topics[channel.topic] = topic
            await self._tell_redis("subscribe", channel.topic)
        topic.listeners.add(listener)
        try:
            async with asyncio.timeout(_JOIN_S):
                await topic.joined.wait()
        except TimeoutError:
            log.warning("hub.join_delayed", channel=channel.name)

    async def leave(self, channel: Channel, listener: Listener) -> None:
        """Remove a listener."""
        topic = self._topics.get(channel.topic)
        if topic is None:
            return
        topic.listeners.discard(listener)
        if not topic.listeners:
            del self._topics[channel.topic]
            await self._tell_redis("unsubscribe", channel.topic)

    async def _tell_redis(self, command: str, topic: str) -> None:
        if self._subscription is None:  # the loop subscribes to all topics when it connects
            return
        try:
            await getattr(self._subscription, command)(topic)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("hub.redis_away", reason=repr(error))

    def _take(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        topic = self._topics.get(message["channel"].decode())
        if topic is None:
            return
        if message["type"] == "subscribe":
            for listener in topic.listeners:
                listener.interrupted()
            topic.joined.set()
        elif message["type"] == "message":
            seq, _, body = message["data"].partition(b" ")
            numbered = number(topic.channel, int(seq), body)
            for listener in topic.listeners:
                listener.offer(numbered)

    async def latest(self, channel: Channel) -> int:
        """Return the number of the channel's last message; 0 before the first."""
        return int(await self._redis.get(f"{channel.stream}:seq") or 0)

    async def kept(self, channel: Channel, from_seq: int, limit: int) -> Sequence[Numbered]:
        """Return what the stream still has from ``from_seq`` on, oldest first."""
        entries = await self._redis.xrange(channel.stream, min=f"{from_seq}-0", count=limit)
        return [
            number(channel, int(entry_id.partition(b"-")[0]), fields[b"m"])
            for entry_id, fields in entries
        ]


def number(channel: Channel, seq: int, body: bytes) -> Numbered:
    """Write the frame; ``body`` is the JSON object with ``ts`` and ``data``."""
    head = b'{"ch":' + orjson.dumps(channel.name) + b',"seq":%d,' % seq
    return Numbered(seq, (head + body[1:]).decode())
