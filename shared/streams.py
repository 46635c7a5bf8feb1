"""Live messages to people who are watching: numbered, resumable, and allowed to be lost."""

from dataclasses import dataclass
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

# One round trip: draw the next number, append under it, let old ones go, tell the gateways.
_APPEND = """
local seq = redis.call('INCR', KEYS[2])
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], seq .. '-0', 'm', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3] * 30)
redis.call('PUBLISH', KEYS[3], seq .. ' ' .. ARGV[1])
return seq
"""


def stream_key(workspace_id: UUID, channel: str) -> str:
    """Return the Redis stream that keeps a channel's last messages."""
    return f"live:{workspace_id.hex}:{channel}"


def topic(workspace_id: UUID, channel: str) -> str:
    """Return the pub/sub channel on which new messages are announced, as ``"<seq> <json>"``."""
    return f"live-new:{workspace_id.hex}:{channel}"


@dataclass(frozen=True, slots=True)
class LiveStreams:
    """Publishes to the WebSocket channels of a workspace (``jobs``, ``signals``, ...)."""

    redis: ArqRedis

    async def publish(self, workspace_id: UUID, channel: str, data: dict[str, Any]) -> None:
        """Append one message. Never raises: whoever misses it reads the resource instead."""
        key = stream_key(workspace_id, channel)
        message = orjson.dumps({"ts": utc_now(), "data": data}, default=str)
        try:
            await self.redis.execute_command(  # type: ignore[no-untyped-call]
                "EVAL",
                _APPEND,
                3,
                key,
                f"{key}:seq",
                topic(workspace_id, channel),
                message,
                KEPT_MESSAGES,
                _KEPT_S,
            )
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("stream.publish_failed", channel=channel, reason=repr(error))
