"""What checking credentials costs, against the cryptography alone in the same run.

``python benchmarks/authentication.py [--tokens 2000] [--logins 15]`` starts a PostgreSQL and a
Valkey of its own and prints medians. Absolute times hang on the machine; compare the ratios.

- token: ``Authenticator.authenticate``, which is what the gateway adds to a request, against
  joserfc's bare ``jwt.decode`` with the same key;
- login: ``POST /auth/login`` through the app and the database, against one bare Argon2id
  verification of the same hash.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx2
import psycopg
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import KeySet, KeySetSerialization
from pydantic import SecretStr

from auth_service.app import create_app
from auth_service.client import AuthClient, Authenticator
from auth_service.contract.tokens import ALGORITHM, REGISTRY
from auth_service.settings import AuthSettings
from infra.embedded.databases import create_database
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.http.transports import connect
from shared.identity import ANONYMOUS, IDENTITY_HEADER, IdentitySigner
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.redis import connect_redis

MASTER_KEY = SecretStr("be" * 32)
ACCOUNT = {"email": "bench@example.com", "password": "moraine-candle-42-otter"}


Call = Callable[[], Awaitable[object]]
_WARM_UP = 5


async def medians_us(count: int, *calls: Call) -> list[float]:
    """Return each call's median in microseconds; taken in turns, so that noise hits all alike."""
    taken: list[list[float]] = [[] for _ in calls]
    for number in range(count + _WARM_UP):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            await call()
            if number >= _WARM_UP:
                times.append(time.perf_counter() - began)
    return [statistics.median(times) * 1e6 for times in taken]


def report(name: str, ours: float, bare: float, bare_name: str) -> None:
    """Print one line."""
    print(
        f"{name:<6} | ours {ours / 1e3:9.3f} ms | {bare_name} {bare / 1e3:9.3f} ms "
        f"| added {(ours - bare) / 1e3:8.3f} ms | ratio {ours / bare:5.2f}"
    )


async def measure_tokens(
    http: httpx2.AsyncClient, settings: AuthSettings, token: str, count: int
) -> None:
    """Compare checking an access token with verifying its signature alone."""
    redis = connect_redis(settings)
    client = AuthClient(http, IdentitySigner(MASTER_KEY))
    authenticator = Authenticator(client, redis)
    following = asyncio.create_task(authenticator.run_forever())
    keys = KeySet.import_key_set(cast("KeySetSerialization", await client.jwks()))

    async def bare() -> None:
        jwt.decode(token, keys, algorithms=[ALGORITHM], registry=REGISTRY)

    async def ours() -> None:
        await authenticator.authenticate(token, "203.0.113.7")

    try:
        await asyncio.sleep(1)  # the feed has to be read once
        ours_us, bare_us = await medians_us(count, ours, bare)
        report("token", ours_us, bare_us, "joserfc")
    finally:
        following.cancel()
        await asyncio.wait({following})
        await redis.aclose()


async def measure_logins(http: httpx2.AsyncClient, address: str, count: int) -> None:
    """Compare a whole login with checking its password alone."""
    async with await psycopg.AsyncConnection.connect(address) as connection:
        found = await connection.execute("SELECT password_hash FROM auth.users")
        row = await found.fetchone()
    if row is None:
        raise RuntimeError("the account is not there")
    stored: str = row[0]
    hasher = PasswordHasher()

    async def bare() -> None:
        hasher.verify(stored, ACCOUNT["password"])

    async def ours() -> None:
        answer = await http.post("/auth/login", json=ACCOUNT)
        answer.raise_for_status()

    ours_us, bare_us = await medians_us(count, ours, bare)
    report("login", ours_us, bare_us, "argon2 ")


async def measure(folder: Path, tokens: int, logins: int) -> None:
    """Start the engines and the service in a folder, and print both lines."""
    async with Supervisor(folder / "logs") as supervisor:
        postgres, valkey = Postgres(folder / "pg", folder / "s"), Valkey(folder / "v", folder)
        await postgres.start(supervisor)
        await valkey.start(supervisor)
        await create_database(postgres, "bench")
        address = postgres.dsn("bench")
        settings = AuthSettings(
            database_url=SecretStr(address),
            redis_url=SecretStr(valkey.url()),
            master_key=MASTER_KEY,
            state_dir=folder / "state",
        )
        await asyncio.to_thread(migrate, "auth", settings)
        app = create_app(settings)
        async with app.router.lifespan_context(app), connect(None, app) as http:
            http.headers[IDENTITY_HEADER] = IdentitySigner(MASTER_KEY).sign(ANONYMOUS)
            (await http.post("/auth/register", json=ACCOUNT)).raise_for_status()
            answer = await http.post("/auth/login", json=ACCOUNT)
            token = answer.json()["access_token"]
            await measure_tokens(http, settings, token, tokens)
            await measure_logins(http, address, logins)


def main() -> None:
    """Measure token checks and logins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=2000, help="token checks; the median counts")
    parser.add_argument("--logins", type=int, default=15, help="logins; the median counts")
    options = parser.parse_args()
    configure_logging("WARNING")
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        asyncio.run(measure(folder, options.tokens, options.logins))


if __name__ == "__main__":
    main()
