"""One Redis subscription for a gateway process, shared by all of its sockets."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from gateway.live.channels import Channel
from gateway.live.reads import SharedReads
from shared.errors import UnavailableError
from shared.logging import get_logger
from shared.streams import latest_number

log = get_logger(__name__)

_QUIET_S = 1.0
_DEAF_S = 3.0
_RECONNECT_S = 0.25
_JOIN_S = 2.0
_KEEPALIVE_TOPIC = "live-new:gateway"
AWAY = (RedisError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message as it goes to sockets: one JSON frame, written once for all of them.

    key    what the message is about; a conflated channel keeps the latest of each
    body   the JSON object with ``ts`` and ``data``
    """

    seq: int
    frame: str
    key: str
    body: bytes


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
        self._changed = asyncio.Event()
        self._latest: SharedReads[str, int] = SharedReads(self._read_latest)
        self._kept: SharedReads[tuple[Channel, int, int], Sequence[Numbered]] = SharedReads(
            self._read_kept
        )

    async def run_forever(self) -> None:
        """Listen to Redis until cancelled; reconnect, and tell listeners when that happened."""
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(_KEEPALIVE_TOPIC)
                    self._subscription = subscription
                    self._changed.set()
                    telling = asyncio.create_task(self._tell(subscription))
                    await self._listen(subscription, telling)
            except AWAY as error:
                log.warning("hub.redis_away", reason=repr(error))
            finally:
                self._subscription = None
                self._changed.set()
                for topic in self._topics.values():
                    topic.joined.clear()
            await asyncio.sleep(_RECONNECT_S)

    async def _tell(self, subscription: Any) -> None:
        """Subscribe to what is wanted, and to nothing else, while the subscription lasts.

        Done here and nowhere else: redis-py can swallow a cancellation while it sends, and the
        tasks of connections are cancelled all the time.
        """
        told: dict[str, _Topic] = {}
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._subscription is not subscription:
                return
            wanted = dict(self._topics)
            added = [name for name, topic in wanted.items() if told.get(name) is not topic]
            dropped = told.keys() - wanted.keys()
            told = wanted
            if added:
                await subscription.subscribe(*added)
            if dropped:
                await subscription.unsubscribe(*dropped)

    async def _listen(self, subscription: Any, telling: asyncio.Task[None]) -> None:
        """Take messages. Raises TimeoutError when Redis answers nothing, not even a ping."""
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while True:
            message = await subscription.get_message(timeout=_QUIET_S)
            if telling.done():
                telling.result()
            if message is not None:
                heard_at = loop.time()
                self._take(message)
            elif loop.time() - heard_at > _DEAF_S:
                raise TimeoutError("Redis has hung")
            else:
                await subscription.ping()

    async def join(self, channel: Channel, listener: Listener) -> None:
        """Add a listener; returns once messages published from now on will reach it.

        When Redis is away that is later: the listener is told, as after any interruption.
        """
        topic = self._topics.get(channel.topic)
        if topic is None:
            topic = _Topic(channel, set(), asyncio.Event())
            self._topics[channel.topic] = topic
            self._changed.set()
        topic.listeners.add(listener)
        try:
            async with asyncio.timeout(_JOIN_S):
                await topic.joined.wait()
        except TimeoutError:
            log.warning("hub.join_delayed", channel=channel.name)

    def leave(self, channel: Channel, listener: Listener) -> None:
        """Remove a listener."""
        topic = self._topics.get(channel.topic)
        if topic is None:
            return
        topic.listeners.discard(listener)
        if not topic.listeners:
            del self._topics[channel.topic]
            self._changed.set()

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] not in {"subscribe", "message"}:
            return
        topic = self._topics.get(message["channel"].decode())
        if topic is None:
            return
        if message["type"] == "subscribe":
            topic.joined.set()
            for listener in topic.listeners:
                listener.interrupted()
        else:
            seq, _, body = message["data"].partition(b" ")
            numbered = number(topic.channel, int(seq), body)
            for listener in topic.listeners:
                listener.offer(numbered)

    async def latest(self, channel: Channel) -> int:
        """Return the number of the channel's last message. Raises UnavailableError."""
        return await self._latest.read(channel.stream)

    async def kept(self, channel: Channel, from_seq: int, limit: int) -> Sequence[Numbered]:
        """Return what the stream still has from ``from_seq`` on, oldest first.

        Raises UnavailableError while Redis does not answer.
        """
        return await self._kept.read((channel, from_seq, limit))

    async def _read_latest(self, stream: str) -> int:
        try:
            return await latest_number(self._redis, stream)
        except AWAY as error:
            raise UnavailableError("live messages cannot be read just now") from error

    async def _read_kept(self, wanted: tuple[Channel, int, int]) -> Sequence[Numbered]:
        channel, from_seq, limit = wanted
        try:
            entries = await self._redis.xrange(channel.stream, min=f"{from_seq}-0", count=limit)
        except AWAY as error:
            raise UnavailableError("live messages cannot be read just now") from error
        return [
            number(channel, int(entry_id.partition(b"-")[0]), fields[b"m"])
            for entry_id, fields in entries
        ]


def number(channel: Channel, seq: int, body: bytes) -> Numbered:
    """Write the frame; ``body`` is the JSON object with ``ts``, ``data`` and perhaps ``key``."""
    key = ""
    if channel.kind.market and b'"key":' in body:
        content = orjson.loads(body)
        key = str(content.pop("key", ""))
        body = orjson.dumps(content)
    head = b'{"ch":' + orjson.dumps(channel.name) + b',"seq":%d,' % seq
    return Numbered(seq, (head + body[1:]).decode(), key, body)
