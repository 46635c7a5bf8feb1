"""The tables that every service carries in its own schema for jobs, events and keys."""

from dataclasses import dataclass

from sqlalchemy import MetaData, Table

from shared.erasures.tables import erasures_table
from shared.events.tables import event_cursors_table, outbox_table
from shared.idempotency.tables import answers_table
from shared.jobs.tables import jobs_table


@dataclass(frozen=True, slots=True)
class PlatformTables:
    """Handles on one service's plumbing tables."""

    jobs: Table
    outbox: Table
    event_cursors: Table
    answers: Table
    erasures: Table


def platform_tables(metadata: MetaData) -> PlatformTables:
    """Declare the plumbing tables in a service's metadata; call once, from its ``models/``."""
    return PlatformTables(
        jobs=jobs_table(metadata),
        outbox=outbox_table(metadata),
        event_cursors=event_cursors_table(metadata),
        answers=answers_table(metadata),
        erasures=erasures_table(metadata),
    )
