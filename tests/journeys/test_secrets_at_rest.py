"""Secrets are put through the running platform; then everything that it has written is searched."""

import base64
import re
from collections.abc import Iterable
from pathlib import Path

import orjson
import psycopg
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from psycopg.sql import SQL, Identifier
from redis.asyncio import Redis

from infra.embedded.engines import postgres_folders
from infra.embedded.postgres import Postgres
from infra.embedded.state import StateDir
from infra.embedded.valkey import Valkey
from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from shared.clock import utc_now
from tests.journeys.installation import Installation, Person

SECRET_LINE = "threshold_of_the_secret_sauce = 0.731906"
SOURCE = f"""
from naru import Strategy

class Quiet(Strategy):
    def on_bar(self):
        {SECRET_LINE}
        if not self.position:
            self.log("a harmless line")
            self.buy(percent=0.5)
"""
ADDRESS = "mina-canary@example.com"


def code_of(secret: str) -> str:
    """Return the present code of an authenticator."""
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(seed, 6, SHA1(), 30).generate(int(utc_now().timestamp())).decode()


async def use_every_secret(installation: Installation) -> dict[str, str]:
    """Let somebody use all that is secret; return name -> secret."""
    person = installation.person(ADDRESS)
    await person.register()
    assert (await person.upload(SYMBOL, daily_bars_csv())).status_code == 201
    secrets = {"password": person.password, "source": SECRET_LINE, "access token": person.token}
    login = {"email": ADDRESS, "password": person.password}
    pair = await person.must("POST", "/auth/login", login)
    refreshed = await person.must("POST", "/auth/refresh", {"refresh_token": pair["refresh_token"]})
    secrets |= {"refresh token": pair["refresh_token"], "next token": refreshed["refresh_token"]}
    key = await person.must("POST", "/api-keys", {"name": "canary"})
    secrets["api key"] = key["key"]
    secret = (await person.must("POST", "/auth/mfa/enroll"))["secret"]
    codes = await person.must("POST", "/auth/mfa/verify", {"code": code_of(secret)})
    secrets["totp seed"] = secret
    secrets["recovery code"] = codes["recovery_codes"][0]
    hook = {"url": "https://hooks.example.com/canary", "event_types": ["backtest.finished"]}
    secrets["webhook secret"] = (await person.must("POST", "/webhooks", hook))["secret"]
    secrets["step-up code"] = codes["recovery_codes"][1]
    await person.must("POST", "/auth/step-up", {"code": codes["recovery_codes"][1]})
    secrets["mistyped password"] = "not-my-password-but-nearly-77"
    wrong = login | {"password": secrets["mistyped password"]}
    assert (await person.ask("POST", "/auth/login", wrong)).status_code == 401
    await run_a_backtest(person)
    return secrets


async def run_a_backtest(person: Person) -> None:
    """Have the source compiled, run and reported."""
    version = await person.create_version(SOURCE)
    asked = {"version_id": version["id"], "symbols": [SYMBOL]}
    backtest = await person.must("POST", "/backtests", asked)
    ended = await person.wait_for_end(backtest["id"])
    assert ended["status"] == "finished", ended["problem"]
    await person.ask("GET", f"/backtests/{backtest['id']}/report")
    broken = await person.must("POST", "/strategies", {"name": "Broken"})
    refused = {"source": SOURCE + "\nimport os\n"}
    answer = await person.ask("POST", f"/strategies/{broken['id']}/versions", refused)
    assert answer.status_code == 422
    export = await person.must("POST", "/me/export")
    await person.must("GET", f"/me/exports/{export['id']}")


async def dump_tables(state: StateDir) -> bytes:
    """Return every row of every table of every schema, as COPY writes them."""
    address = Postgres(*postgres_folders(state)).dsn()
    tables = """
        SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema|data_parts)'
    """
    dump = bytearray()
    async with await psycopg.AsyncConnection.connect(address) as connection:
        names = await (await connection.execute(tables)).fetchall()
        assert {"auth", "data", "logic", "trading", "notification"} <= {row[0] for row in names}
        for schema, table in names:
            place = SQL("COPY {}.{} TO STDOUT").format(Identifier(schema), Identifier(table))
            async with connection.cursor() as cursor, cursor.copy(place) as copy:
                async for block in copy:
                    dump += bytes(block)
    return bytes(dump)


async def dump_valkey(state: StateDir) -> bytes:
    """Return every key and, serialised, every value."""
    dump = bytearray()
    redis = Redis.from_url(Valkey(state.root / "valkey", state.run).url())
    async for key in redis.scan_iter():
        dump += key + b"\0" + (await redis.dump(key) or b"")
    await redis.aclose()
    return bytes(dump)


def read_files(folders: Iterable[Path]) -> bytes:
    """Return all files below folders."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def spellings(secret: str) -> set[bytes]:
    """Return the ways in which a dump may write a secret."""
    plain = secret.encode()
    found = {plain, plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")[:-1]}
    if re.fullmatch(r"[A-Z2-7]{16,}", secret):
        seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
        found |= {seed, seed.hex().encode()}
    if secret.startswith("whsec_"):
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        found |= {raw, raw.hex().encode(), secret.removeprefix("whsec_").encode()}
    return found


async def test_no_secret_is_found_at_rest(own_installation: Installation) -> None:
    await own_installation.start()
    secrets = await use_every_secret(own_installation)
    state = StateDir(own_installation.folder)
    mails = read_files([state.root / "mail"]).decode(errors="replace")
    links = re.findall(r"#token=([A-Za-z0-9_-]{20,})", mails)
    assert links, "no mail with a link was written"
    secrets |= {f"link {number}": link for number, link in enumerate(links)}
    secrets["master key"] = orjson.loads((state.root / "secrets.json").read_bytes())["master_key"]

    places = {
        "tables": await dump_tables(state),
        "valkey": await dump_valkey(state),
        "logs": read_files([state.logs]),
        "objects": read_files([state.root / "objects"]),
    }

    assert ADDRESS.encode() in places["tables"]
    assert len(places["valkey"]) > 0
    assert b"a harmless line" in places["objects"]
    found = {
        f"{name} in {place}"
        for place, content in places.items()
        for name, secret in secrets.items()
        for spelling in spellings(secret)
        if spelling in content
    }
    assert found == set()
