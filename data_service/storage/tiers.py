"""The three ways to store bars, as SQL. Nothing here talks to a database.

PostgreSQL functions named ``time_bucket`` or ``first`` are never created on the tiers that lack
them: a later TimescaleDB would collide with them. Each tier spells the expression its own way.
"""

from collections.abc import Sequence
from typing import Protocol

from data_service.contract.storage import TierName

TABLE = "data.bars"
COLUMNS = ("open", "high", "low", "close", "volume")
BUCKET_ORIGIN = "2000-01-03 00:00:00+00"
"""A Monday: weeks start then. It is TimescaleDB's own origin too."""

_COLUMN_LIST = ", ".join(
    [
        "series bigint NOT NULL",
        "ts timestamptz NOT NULL",
        *(f"{name} double precision NOT NULL" for name in COLUMNS),
        "CONSTRAINT pk_bars PRIMARY KEY (series, ts)",
    ]
)
_CHUNK = "1 year"
_COMPRESS_AFTER = "2 years"
_CREATE_HYPERTABLE = (
    f"SELECT create_hypertable('{TABLE}', by_range('ts', INTERVAL '{_CHUNK}'), "
    "create_default_indexes => false)"
)
_COMPRESS = (
    f"ALTER TABLE {TABLE} SET (timescaledb.compress, "
    "timescaledb.compress_segmentby = 'series', timescaledb.compress_orderby = 'ts')"
)

# Bounds of the plain tier's partitions. They are made in advance, since making one locks out
# readers of the whole table; what lies outside of the years has a partition at either end.
_FIRST_YEARS = (2000, 2010, 2015, *range(2020, 2036))
_PARTITIONS_SCHEMA = "data_parts"


class StorageTier(Protocol):
    """What one tier does in its own way. Expressions take and return SQL."""

    name: TierName

    def creation(self) -> Sequence[str]:
        """Return the statements that make the table."""
        ...

    def before_overwrite(self) -> Sequence[str]:
        """Return what a transaction says before it deletes and copies bars."""
        ...

    def bucket(self, width: str, ts: str) -> str:
        """Return the start of the bucket, ``width`` long, in which ``ts`` lies."""
        ...

    def first(self, value: str, ts: str) -> str:
        """Return the aggregate of ``value`` at the earliest ``ts``."""
        ...

    def last(self, value: str, ts: str) -> str:
        """Return the aggregate of ``value`` at the latest ``ts``."""
        ...

    def size(self) -> str:
        """Return a query of one number: bytes of all bars with their indexes."""
        ...

    def failed_jobs(self) -> str:
        """Return a query of one number: background jobs whose last run failed."""
        ...


class PlainTier:
    """PostgreSQL alone: RANGE partitions, ``date_bin``, ordered arrays."""

    name: TierName = "plain"

    def creation(self) -> Sequence[str]:
        bounds = ["MINVALUE", *(f"'{year}-01-01 00:00:00+00'" for year in _FIRST_YEARS), "MAXVALUE"]
        names = ["early", *map(str, _FIRST_YEARS)]
        return [
            f"CREATE TABLE {TABLE} ({_COLUMN_LIST}) PARTITION BY RANGE (ts)",
            f"CREATE SCHEMA IF NOT EXISTS {_PARTITIONS_SCHEMA}",
            *(
                f"CREATE TABLE {_PARTITIONS_SCHEMA}.bars_{name} PARTITION OF {TABLE} "
                f"FOR VALUES FROM ({start}) TO ({end})"
                for name, start, end in zip(names, bounds[:-1], bounds[1:], strict=True)
            ),
        ]

    def before_overwrite(self) -> Sequence[str]:
        return []

    def bucket(self, width: str, ts: str) -> str:
        return f"date_bin({width}, {ts}, '{BUCKET_ORIGIN}')"

    def first(self, value: str, ts: str) -> str:
        return f"(array_agg({value} ORDER BY {ts}))[1]"

    def last(self, value: str, ts: str) -> str:
        return f"(array_agg({value} ORDER BY {ts} DESC))[1]"

    def size(self) -> str:
        return (
            "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint "
            "FROM pg_partition_tree('data.bars')"
        )

    def failed_jobs(self) -> str:
        return "SELECT 0"


class ApacheTier:
    """TimescaleDB's Apache edition: a hypertable, ``time_bucket``, ``first`` and ``last``."""

    name: TierName = "apache"

    def creation(self) -> Sequence[str]:
        return [
            f"CREATE TABLE {TABLE} ({_COLUMN_LIST})",
            _CREATE_HYPERTABLE,
        ]

    def before_overwrite(self) -> Sequence[str]:
        return []

    def bucket(self, width: str, ts: str) -> str:
        return f"time_bucket({width}, {ts}, TIMESTAMPTZ '{BUCKET_ORIGIN}')"

    def first(self, value: str, ts: str) -> str:
        return f"first({value}, {ts})"

    def last(self, value: str, ts: str) -> str:
        return f"last({value}, {ts})"

    def size(self) -> str:
        return f"SELECT coalesce(hypertable_size('{TABLE}'), 0)::bigint"

    def failed_jobs(self) -> str:
        return (
            "SELECT count(*) FROM timescaledb_information.job_stats "
            "WHERE last_run_status = 'Failed'"
        )


class FullTier(ApacheTier):
    """TimescaleDB with its own licence: old chunks are compressed in the background."""

    name: TierName = "full"

    def creation(self) -> Sequence[str]:
        return [
            *super().creation(),
            _COMPRESS,
            f"SELECT add_compression_policy('{TABLE}', INTERVAL '{_COMPRESS_AFTER}')",
        ]

    def before_overwrite(self) -> Sequence[str]:
        # Replacing a range of compressed bars may unpack more rows than the default allows.
        return ["SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0"]


TIERS: dict[TierName, StorageTier] = {
    "plain": PlainTier(),
    "apache": ApacheTier(),
    "full": FullTier(),
}
RANK: dict[TierName, int] = {"plain": 0, "apache": 1, "full": 2}
"""What a higher tier stored, a lower one cannot be trusted to read."""
