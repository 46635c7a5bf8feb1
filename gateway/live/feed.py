"""What one socket still has to send from one channel."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from gateway.live.channels import Channel
from gateway.live.hub import Hub, Numbered
from shared.errors import UnavailableError
from shared.identity import Principal

MOST_WAITING = 256
_CONFLATED_FROM = 32
_PAGE = 200
_READ_AGAIN_S = 1.0


class Gap(tuple[int, int]):
    """The first and the last number of messages that are gone."""

    __slots__ = ()


class Feed:
    """Yields a channel's messages in order, each once, and says when some are gone for good.

    New messages wait here for the socket. When too many do, or the connection to Redis was
    interrupted, they are dropped and read again from the stream, which keeps them; so a slow client
    costs no memory and loses nothing that the stream still has. Of a market channel a slow client
    gets the latest message of each key only.
    """

    def __init__(self, channel: Channel, hub: Hub, wake: Callable[[], None]) -> None:
        self.channel = channel
        self._hub = hub
        self._wake = wake
        self._next_seq = 0
        self._waiting: deque[Numbered] = deque()
        self._must_read = False

    async def start(self, from_seq: int | None) -> int:
        """Join the channel; return the number of the first message that will come.

        Raises UnavailableError while Redis does not answer.
        """
        await self._hub.join(self.channel, self)
        self._must_read = False  # having joined counts as an interruption; nothing was heard yet
        if from_seq is None:
            self._next_seq = await self._hub.latest(self.channel) + 1
        else:
            self._next_seq = from_seq
            self.interrupted()
        return self._next_seq

    def stop(self) -> None:
        """Leave the channel."""
        self._hub.leave(self.channel, self)

    def offer(self, message: Numbered) -> None:
        """Take a new message."""
        if self._must_read:
            return  # it will be read from the stream with those before it
        if self.channel.kind.market:
            self._conflate(message.key)
        if len(self._waiting) >= MOST_WAITING:
            self.interrupted()
            return
        self._waiting.append(message)
        self._wake()

    def _conflate(self, key: str) -> None:
        """Let go of older messages about the same, once the client is behind."""
        if len(self._waiting) >= _CONFLATED_FROM:
            kept = [message for message in self._waiting if message.key != key]
            self._waiting = deque(kept[1 - MOST_WAITING :])

    def interrupted(self) -> None:
        """Read the stream again from the next message on."""
        self._waiting.clear()
        self._must_read = True
        self._wake()

    @property
    def has_news(self) -> bool:
        """Whether there is something to send, or to look for."""
        return self._must_read or bool(self._waiting)

    def is_for(self, principal: Principal) -> bool:
        """Tell whether somebody may follow the channel."""
        return principal.allows(self.channel.kind.scope)

    async def messages(self) -> AsyncIterator[Numbered | Gap]:
        """Yield what can be sent now."""
        while self.has_news:
            if self._must_read:
                try:
                    async for message in self._read_stream():
                        yield message
                except UnavailableError:
                    self._must_read = True
                    asyncio.get_running_loop().call_later(_READ_AGAIN_S, self._wake)
                    return
            while self._waiting and not self._must_read:
                newest = self._waiting.popleft()
                if newest.seq > self._next_seq and not self.channel.kind.market:
                    self.interrupted()
                elif newest.seq >= self._next_seq:
                    self._next_seq = newest.seq + 1
                    yield newest

    async def _read_stream(self) -> AsyncIterator[Numbered | Gap]:
        while True:
            self._must_read = False  # first: what is offered while we read will wait
            latest = await self._hub.latest(self.channel)  # before the page, which may be newer
            page = await self._hub.kept(self.channel, self._next_seq, _PAGE)
            # An empty stream whose next number is smaller than ours: Redis has lost everything.
            if not page and latest + 1 != self._next_seq:
                yield Gap((self._next_seq, latest))
                self._next_seq = latest + 1
            for message in page:
                if message.seq > self._next_seq:
                    yield Gap((self._next_seq, message.seq - 1))
                self._next_seq = message.seq + 1
                yield message
            if len(page) < _PAGE:
                return
