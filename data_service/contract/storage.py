"""What the time-series storage is made of, for ``naru doctor`` and the readiness check."""

from typing import Literal

from pydantic import BaseModel

TierName = Literal["full", "apache", "plain"]


class StorageReport(BaseModel):
    """The storage tier in use.

    tier               what the bars were created with: full TimescaleDB (compression), its
                       Apache edition (hypertables), or plain PostgreSQL partitions
    available          what the database offers now
    extension_version  TimescaleDB's version, null on plain
    bars_bytes         size on disk of all bars with their indexes
    failed_job_count   TimescaleDB background jobs whose last run failed; 0 on other tiers
    """

    tier: TierName
    available: TierName
    extension_version: str | None
    bars_bytes: int
    failed_job_count: int
