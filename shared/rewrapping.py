"""Put sealed secrets under the newest master key: in batches, each a transaction of its own.

Whoever is stopped half-way begins again and finds only what is left to do. The ciphertexts stay as
they are; sixty bytes of each secret change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, update

from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork, UnitsOfWork
from shared.vault import KEY_ID_BYTES, KEY_ID_OFFSET, Vault

log = get_logger(__name__)

BATCH = 200

Place = Callable[[Any], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where a service keeps sealed secrets.

    place   ``place(row)``: what the row's secret is sealed for; see ``shared.vault``
    """

    table: Table
    name: str
    place: Place

    def is_outdated(self, vault: Vault) -> ColumnElement[bool]:
        """Return the condition for rows that the newest master key has not sealed."""
        column = self.table.c[self.name]
        key_id = func.substr(column, KEY_ID_OFFSET + 1, KEY_ID_BYTES)
        return column.is_not(None) & (key_id != vault.current_key_id)


async def rewrap(units_of_work: UnitsOfWork, vault: Vault, columns: Sequence[SealedColumn]) -> int:
    """Seal all that is left under the newest master key; return how many secrets that was.

    Raises VaultError when a secret's own master key is not at hand: nothing is lost by that.
    """
    moved = 0
    for column in columns:
        while True:
            async with units_of_work() as work:
                count = await _rewrap_batch(work, vault, column)
            moved += count
            if count < BATCH:
                break
    log.info("secrets.rewrapped", count=moved)
    return moved


async def _rewrap_batch(work: UnitOfWork, vault: Vault, sealed: SealedColumn) -> int:
    table = sealed.table
    query = select(table).where(sealed.is_outdated(vault)).limit(BATCH).with_for_update()
    rows = (await work.session.execute(query)).all()
    for row in rows:
        mine = [column == getattr(row, column.name) for column in table.primary_key]
        again = vault.rewrap(getattr(row, sealed.name), *sealed.place(row))
        await work.session.execute(update(table).where(*mine).values({sealed.name: again}))
    return len(rows)
