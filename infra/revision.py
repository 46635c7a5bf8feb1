"""Write or check migrations against a PostgreSQL of their own.

``python -m infra.revision trading "what changes"`` writes the migration that the models call for.
``python -m infra.revision --check`` fails when some service's models and migrations disagree.
"""

import asyncio
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from infra.embedded.databases import create_database
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from shared.migrations.run import find_drift, migrate, new_revision
from shared.settings import PlatformSettings

SERVICES = ("auth", "data", "logic", "trading", "notification")


async def main(arguments: list[str]) -> int:
    """Start a database, migrate it, and write or compare; 2 for arguments that make no sense."""
    if not _makes_sense(arguments):
        sys.stderr.write(f"{__doc__}services: {', '.join(SERVICES)}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="naru-revision-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        async with Supervisor(root / "logs") as supervisor:
            server = Postgres(root / "postgres", root / "pg", durable=False)
            await server.start(supervisor)
            await create_database(server, "revision")
            settings = PlatformSettings(
                database_url=SecretStr(server.dsn("revision")),
                redis_url=SecretStr("redis://unused"),
                master_key=SecretStr("00" * 32),
                state_dir=root,
            )
            if arguments == ["--check"]:
                return await asyncio.to_thread(_check, settings)
            service, title = arguments
            return await asyncio.to_thread(_write, settings, service, title)


def _makes_sense(arguments: list[str]) -> bool:
    """Tell an order from a slip: an option in the title's place would become a migration's name."""
    if arguments == ["--check"]:
        return True
    is_write = len(arguments) == 2 and arguments[0] in SERVICES
    return is_write and bool(arguments[1].strip()) and not arguments[1].startswith("-")


def _check(settings: PlatformSettings) -> int:
    drifted = 0
    for service in SERVICES:
        migrate(service, settings)
        models = import_module(f"{service}_service.models")
        for difference in find_drift(service, settings, models.Base.metadata):
            drifted = 1
            sys.stderr.write(f"{service}: {difference}\n")
    return drifted


def _write(settings: PlatformSettings, service: str, title: str) -> int:
    migrate(service, settings)
    models = import_module(f"{service}_service.models")
    path = new_revision(service, settings, models.Base.metadata, title)
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1:])))
