"""Live messages to people who are watching: numbered, resumable, and allowed to be lost.

Numbers (``seq``) of a channel grow by one with each message. A channel that Redis does not know,
or no longer, begins at the time of day in microseconds, so that numbers never come back: whoever
has seen a message from before Redis lost its memory finds a hole, and never mistakes a new message
for an old one.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from shared.clock import utc_now
from shared.logging import get_logger

log = get_logger(__name__)

KEPT_MESSAGES = 1000
_KEPT_S = 24 * 3600
_NUMBERS_KEPT_S = 30 * _KEPT_S
_MOST_UNSENT = 1000
_RETRY_S = 0.5

# Numbers pass 10^14, where Lua's tostring turns to exponents: hence string.format.
_FIRST_NUMBER = """
local function begin(key, kept_s)
  local now = redis.call('TIME')
  local first = string.format('%.0f', tonumber(now[1]) * 1000000 + tonumber(now[2]))
  redis.call('SET', key, first, 'NX', 'EX', kept_s)
end
"""

# One round trip: draw the next number, append under it, let old ones go, tell the gateways.
_APPEND = (
    _FIRST_NUMBER
    + """
if redis.call('EXISTS', KEYS[2]) == 0 then begin(KEYS[2], ARGV[4]) end
local seq = string.format('%.0f', redis.call('INCR', KEYS[2]))
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], seq .. '-0', 'm', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', KEYS[3], seq .. ' ' .. ARGV[1])
return seq
"""
)

_LATEST = (
    _FIRST_NUMBER
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then begin(KEYS[1], ARGV[1]) end
return redis.call('GET', KEYS[1])
"""
)


def stream_key(workspace_id: UUID | None, channel: str) -> str:
    """Return the Redis stream that keeps a channel's last messages."""
    return f"live:{_owner(workspace_id)}:{channel}"


def topic(workspace_id: UUID | None, channel: str) -> str:
    """Return the pub/sub channel on which new messages are announced, as ``"<seq> <json>"``."""
    return f"live-new:{_owner(workspace_id)}:{channel}"


def _owner(workspace_id: UUID | None) -> str:
    return workspace_id.hex if workspace_id is not None else "everybody"


async def latest_number(redis: ArqRedis, stream: str) -> int:
    """Return the number of a stream's last message; a stream without any gets its first number."""
    answer = await redis.execute_command(  # type: ignore[no-untyped-call]
        "EVAL", _LATEST, 1, f"{stream}:seq", _KEPT_S
    )
    return int(answer)


@dataclass(frozen=True, slots=True)
class _Message:
    workspace_id: UUID | None
    channel: str
    body: bytes


@dataclass(frozen=True, slots=True)
class LiveStreams:
    """Publishes to the WebSocket channels of a workspace (``jobs``, ``signals``, ...).

    Channels of the market (``market:KRW-BTC``, ...) belong to everybody: their workspace is None.
    While Redis is away, the latest messages wait here and go out, in order, when it is back.
    """

    redis: ArqRedis
    _unsent: deque[_Message] = field(default_factory=lambda: deque(maxlen=_MOST_UNSENT), repr=False)
    _sending: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def publish(
        self,
        workspace_id: UUID | None,
        channel: str,
        data: dict[str, Any],
        *,
        key: str | None = None,
    ) -> None:
        """Append one message. Never raises: whoever misses it reads the resource instead.

        ``key`` names what the message is about: a slow reader of a market channel is spared all
        but the latest message of each key.
        """
        content: dict[str, Any] = {"ts": utc_now(), "data": data}
        if key is not None:
            content["key"] = key
        body = orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z)
        message = _Message(workspace_id, channel, body)
        if self._unsent or not await self._append(message):
            self._unsent.append(message)
            if not self._sending:
                sending = asyncio.create_task(self._send_later())
                self._sending.add(sending)
                sending.add_done_callback(self._sending.discard)

    async def _send_later(self) -> None:
        while self._unsent:
            message = self._unsent[0]
            if not await self._append(message):
                await asyncio.sleep(_RETRY_S)
            elif self._unsent and self._unsent[0] is message:  # else: pushed out by newer ones
                self._unsent.popleft()

    async def _append(self, message: _Message) -> bool:
        """Tell whether Redis has taken the message."""
        key = stream_key(message.workspace_id, message.channel)
        try:
            await self.redis.execute_command(  # type: ignore[no-untyped-call]
                "EVAL",
                _APPEND,
                3,
                key,
                f"{key}:seq",
                topic(message.workspace_id, message.channel),
                message.body,
                KEPT_MESSAGES,
                _KEPT_S,
                _NUMBERS_KEPT_S,
            )
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("stream.publish_failed", channel=message.channel, reason=repr(error))
            return False
        return True
