"""Find out what the database offers, and set the storage up accordingly, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from data_service.contract.storage import TierName
from data_service.storage.tiers import TIERS
from shared.logging import get_logger

log = get_logger(__name__)

# An ordinary role does not see shared_preload_libraries: then an administrator has to create the
# extension, which is all that counts once it is there.
FACTS = """
SELECT
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS installed,
    current_setting('timescaledb.license', true) AS license,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS is_available,
    coalesce((SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'), '')
        LIKE '%timescaledb%' AS is_preloaded
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says of TimescaleDB.

    installed      version of the extension in this database, None without it
    license        ``timescale`` or ``apache``
    is_available   the extension could be created here
    is_preloaded   its library is loaded; creating the extension without it breaks the connection
    """

    installed: str | None
    license: str | None
    is_available: bool
    is_preloaded: bool

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Self:
        """Read the row that FACTS selects."""
        return cls(row["installed"], row["license"], row["is_available"], row["is_preloaded"])

    @property
    def tier(self) -> TierName:
        """The best tier that works now."""
        if self.installed is None:
            return "plain"
        return "full" if self.license == "timescale" else "apache"

    @property
    def wants_extension(self) -> bool:
        return self.installed is None and self.is_available and self.is_preloaded


def set_up_storage(connection: Connection) -> TierName:
    """Make the table of bars in the best tier there is and write down which; for a migration."""
    facts = _read_facts(connection)
    if facts.wants_extension and _create_extension(connection):
        facts = _read_facts(connection)
    for statement in TIERS[facts.tier].creation():
        connection.execute(text(statement))
    connection.execute(
        text("INSERT INTO data.storage (tier, extension_version) VALUES (:tier, :version)"),
        {"tier": facts.tier, "version": facts.installed},
    )
    log.info("storage.chosen", tier=facts.tier, extension_version=facts.installed)
    return facts.tier


def _read_facts(connection: Connection) -> Facts:
    return Facts.from_row(connection.execute(text(FACTS)).mappings().one())


def _create_extension(connection: Connection) -> bool:
    """Try it; a role that may not stays on plain PostgreSQL, which is said in the log."""
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION timescaledb"))
    except DBAPIError as error:
        log.warning("storage.extension_refused", reason=str(error.orig))
        return False
    return True
