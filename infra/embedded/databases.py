"""More databases on an embedded server, for tests and tools; the platform has its own."""

from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from infra.embedded.postgres import ADMIN, OWNER, Postgres


async def create_database(server: Postgres, name: str, *, template: str | None = None) -> None:
    """Create a database of the platform's role. Does nothing if it exists."""
    async with await _connect(server) as connection:
        found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if await found.fetchone() is not None:
            return
        command = SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), Identifier(OWNER))
        if template is not None:
            # Copying files beats logging every page once there are some dozen tables.
            command += SQL(" TEMPLATE {} STRATEGY file_copy").format(Identifier(template))
        await connection.execute(command)


async def drop_database(server: Postgres, name: str) -> None:
    """Drop a database, ending the sessions in it. Does nothing if there is none."""
    command = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
    async with await _connect(server) as connection:
        await connection.execute(command)


async def _connect(server: Postgres) -> AsyncConnection:
    return await AsyncConnection.connect(server.dsn(ADMIN, ADMIN), autocommit=True)
