"""Bring a service's schema up to date."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text

from shared.database import database_url, schema_metadata
from shared.erasures.tables import erasures_table
from shared.idempotency.tables import answers_table
from shared.migrations.fingerprint import mark
from shared.migrations.row_security import secure_schema
from shared.settings import PlatformSettings

_LOCK_TIMEOUT = "5s"


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("shared.migrations")))
    config.set_main_option("version_locations", str(files(f"{service}_service") / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s")
    return config


def migrate(service: str, settings: PlatformSettings) -> None:
    """Create the service's schema if need be and apply what is missing, under a lock."""
    engine = create_engine(database_url(settings, "psycopg"))
    try:
        with engine.connect() as connection:
            _upgrade(service, connection)
    finally:
        engine.dispose()


def _upgrade(service: str, connection: Connection) -> None:
    with connection.begin():
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate:{service}"}
        )
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
        config = _config(service)
        config.attributes["connection"] = connection
        config.attributes["schema"] = service
        command.upgrade(config, "head")
        # Plumbing that came after the services' first migrations; the same in every schema.
        for declare in (answers_table, erasures_table):
            declare(schema_metadata(service)).create(connection, checkfirst=True)
        for column in ("workspace_id uuid", "traceparent text"):
            connection.execute(
                text(f'ALTER TABLE "{service}".jobs ADD COLUMN IF NOT EXISTS {column}')
            )
        secure_schema(connection, service)
        mark(connection, service)


def find_drift(service: str, settings: PlatformSettings, metadata: MetaData) -> list[object]:
    """Return how the migrated schema differs from the declared tables; empty is right."""
    engine = create_engine(database_url(settings, "psycopg"))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "include_schemas": True,
                    "version_table_schema": service,
                    "include_name": lambda name, kind, _: kind != "schema" or name == service,
                    "compare_type": True,
                },
            )
            return list(compare_metadata(context, metadata))
    finally:
        engine.dispose()


def new_revision(service: str, settings: PlatformSettings, metadata: MetaData, title: str) -> Path:
    """Write a migration that takes the present schema to the declared tables."""
    engine = create_engine(database_url(settings, "psycopg"))
    config = _config(service)
    config.attributes |= {"schema": service, "metadata": metadata}
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            script = command.revision(
                config, message=title, autogenerate=True, rev_id=f"{number:04}_{service}"
            )
    finally:
        engine.dispose()
    if script is None or isinstance(script, list):
        raise RuntimeError("alembic wrote no single migration")
    return Path(script.path)
