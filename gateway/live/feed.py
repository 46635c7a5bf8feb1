"""What one socket still has to send from one channel."""

from collections import deque
from collections.abc import AsyncIterator, Callable

import orjson

from gateway.live.channels import Channel
from gateway.live.hub import Hub, Numbered

_MOST_WAITING = 256
_PAGE = 200


class Feed:
    """Yields a channel's messages in order, each once, and says when some are gone for good.

    New messages wait here for the socket. When too many do, or the connection to Redis was
    interrupted, they are dropped and read again from the stream, which keeps them; so a slow client
    costs no memory and loses nothing that the stream still has.
    """

    def __init__(self, channel: Channel, hub: Hub, wake: Callable[[], None]) -> None:
        self.channel = channel
        self._hub = hub
        self._wake = wake
        self._next_seq = 0
        self._waiting: deque[Numbered] = deque()
        self._must_read = False

    async def start(self, from_seq: int | None) -> int:
        """Join the channel; return the number of the first message that will come."""
        await self._hub.join(self.channel, self)
        if from_seq is None:
            self._next_seq = await self._hub.latest(self.channel) + 1
        else:
            self._next_seq = from_seq
            self.interrupted()
        return self._next_seq

    async def stop(self) -> None:
        """Leave the channel."""
        await self._hub.leave(self.channel, self)

    def offer(self, message: Numbered) -> None:
        """Take a new message."""
        if self._must_read:
            return  # it will be read from the stream with those before it
        if len(self._waiting) >= _MOST_WAITING and not self.channel.kind.conflated:
            self.interrupted()
            return
        if self.channel.kind.conflated:
            self._waiting.clear()
            self._next_seq = message.seq
        self._waiting.append(message)
        self._wake()

    def interrupted(self) -> None:
        """Read the stream again from the next message on."""
        self._waiting.clear()
        self._must_read = True
        self._wake()

    async def frames(self) -> AsyncIterator[str]:
        """Yield the frames that can be sent now."""
        while self._must_read or self._waiting:
            if self._must_read:
                async for frame in self._read_stream():
                    yield frame
            while self._waiting and not self._must_read:
                message = self._waiting.popleft()
                if message.seq > self._next_seq and not self.channel.kind.conflated:
                    self.interrupted()
                elif message.seq >= self._next_seq:
                    self._next_seq = message.seq + 1
                    yield message.frame

    async def _read_stream(self) -> AsyncIterator[str]:
        while True:
            self._must_read = False  # first: what is offered while we read will wait
            latest = await self._hub.latest(self.channel)  # before the page, which may be newer
            page = await self._hub.kept(self.channel, self._next_seq, _PAGE)
            first = page[0].seq if page else latest + 1
            # An empty stream whose next number is smaller than ours: Redis has lost everything.
            if first > self._next_seq or (not page and first < self._next_seq):
                yield gap_frame(self.channel.name, self._next_seq, first - 1)
                self._next_seq = first
            for message in page:
                self._next_seq = message.seq + 1
                yield message.frame
            if len(page) < _PAGE:
                return


def gap_frame(channel: str, from_seq: int, to_seq: int) -> str:
    """Say that messages are gone: read the resources again; the next is ``to_seq + 1``."""
    return orjson.dumps(
        {"op": "gap", "ch": channel, "from_seq": from_seq, "to_seq": to_seq}
    ).decode()
