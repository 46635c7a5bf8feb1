"""Each tier spells SQL in its own words; what the plain one says is run for real elsewhere."""

from itertools import pairwise

import pytest

from data_service.storage.probe import Facts
from data_service.storage.tiers import RANK, TIERS, ApacheTier, FullTier, PlainTier


def test_plain_uses_nothing_of_timescale() -> None:
    tier = PlainTier()
    words = [*tier.creation(), tier.bucket("w", "ts"), tier.first("o", "ts"), tier.last("c", "ts")]
    said = " ".join([*words, tier.size(), tier.failed_jobs()])

    for name in ("time_bucket", "hypertable", "timescale", "first(", "last("):
        assert name not in said


def test_plain_partitions_leave_no_gap() -> None:
    parts = [line for line in PlainTier().creation() if "PARTITION OF" in line]
    bounds = [line.partition("FROM (")[2].rstrip(")").split(") TO (") for line in parts]

    assert bounds[0][0] == "MINVALUE"
    assert bounds[-1][1] == "MAXVALUE"
    assert all(left[1] == right[0] for left, right in pairwise(bounds))


def test_plain_expressions() -> None:
    tier = PlainTier()

    assert tier.bucket("INTERVAL '1 h'", "ts") == (
        "date_bin(INTERVAL '1 h', ts, '2000-01-03 00:00:00+00')"
    )
    assert tier.first("open", "ts") == "(array_agg(open ORDER BY ts))[1]"
    assert tier.last("close", "ts") == "(array_agg(close ORDER BY ts DESC))[1]"


def test_apache_makes_a_hypertable_and_neither_compresses_nor_keeps_policies() -> None:
    tier = ApacheTier()
    said = " ".join(tier.creation())

    assert "create_hypertable('data.bars', by_range('ts'" in said
    assert "compress" not in said
    assert "policy" not in said
    assert tier.bucket("w", "ts") == "time_bucket(w, ts, TIMESTAMPTZ '2000-01-03 00:00:00+00')"
    assert (tier.first("o", "ts"), tier.last("c", "ts")) == ("first(o, ts)", "last(c, ts)")
    assert list(tier.before_overwrite()) == []


def test_full_compresses_old_chunks_by_series() -> None:
    tier = FullTier()
    said = " ".join(tier.creation())

    assert said.index("create_hypertable") < said.index("compress_segmentby = 'series'")
    assert "add_compression_policy('data.bars'" in said
    assert any("max_tuples_decompressed" in line for line in tier.before_overwrite())


def test_every_tier_has_a_rank() -> None:
    assert {tier.name for tier in TIERS.values()} == set(TIERS) == set(RANK)
    assert sorted(RANK, key=lambda name: RANK[name]) == ["plain", "apache", "full"]


@pytest.mark.parametrize(
    ("facts", "tier", "wants_extension"),
    [
        (Facts(None, None, False, False), "plain", False),
        (Facts(None, None, True, False), "plain", False),
        (Facts(None, None, True, True), "plain", True),
        (Facts("2.19.3", "apache", True, True), "apache", False),
        (Facts("2.29.2", "timescale", True, True), "full", False),
        (Facts("2.29.2", None, True, False), "apache", False),
    ],
)
def test_the_probe_takes_what_works_now(facts: Facts, tier: str, wants_extension: bool) -> None:
    assert (facts.tier, facts.wants_extension) == (tier, wants_extension)
