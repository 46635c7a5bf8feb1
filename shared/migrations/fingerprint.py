"""Tell in milliseconds whether a schema is up to date, without loading Alembic.

A migrated schema carries, as its comment, a hash of everything that migrating it would run.
"""

from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

import psycopg
from sqlalchemy import Connection, text

from shared.database import database_url
from shared.settings import PlatformSettings

_PLUMBING = (
    "shared.migrations",
    "shared.idempotency",
    "shared.erasures",
    "shared.jobs",
    "shared.events",
)


def fingerprint(service: str) -> str:
    """Hash the service's migrations and the plumbing that every schema gets."""
    digest = sha256()
    for package in (f"{service}_service", *_PLUMBING):
        folder = files(package)
        if package == f"{service}_service":
            folder = folder / "migrations"
        for file in sorted(folder.iterdir(), key=lambda item: item.name):
            if file.name.endswith(".py"):
                digest.update(f"{file.name}\n".encode() + file.read_bytes())
    return f"naru {digest.hexdigest()}"


def outdated(services: Sequence[str], settings: PlatformSettings) -> list[str]:
    """Return the services whose schemas have to be migrated."""
    url = database_url(settings, "psycopg").set(drivername="postgresql")
    query = "SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')"
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        found = {name: connection.execute(query, (name,)).fetchone() for name in services}
    return [name for name in services if found[name] != (fingerprint(name),)]


def mark(connection: Connection, service: str) -> None:
    """Note that the schema is up to date, in the transaction that made it so."""
    connection.execute(text(f"COMMENT ON SCHEMA \"{service}\" IS '{fingerprint(service)}'"))
