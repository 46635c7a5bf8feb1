"""The Redis-protocol server: wake-ups, live streams, rate limits. Nothing that cannot be lost."""

import json
from typing import Any

from arq.connections import ArqRedis
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from shared.settings import PlatformSettings

SOCKET_TIMEOUT_S = 2.0


def serialize_job(job: dict[str, Any]) -> bytes:
    """Encode an arq message; arq's own default is pickle, which must never cross a socket."""
    return json.dumps(job, default=str).encode()


def deserialize_job(data: bytes) -> dict[str, Any]:
    """Decode an arq message."""
    message: dict[str, Any] = json.loads(data)
    return message


def connect_redis(settings: PlatformSettings, **options: Any) -> ArqRedis:
    """Return a client with short deadlines; connects on first use."""
    timeouts = {
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 1),
    }
    url = settings.redis_url.get_secret_value()
    pool = ConnectionPool.from_url(url, **(timeouts | options))
    redis = ArqRedis(pool, job_serializer=serialize_job, job_deserializer=deserialize_job)
    redis.auto_close_connection_pool = True  # it is nobody else's, though handed over
    return redis
