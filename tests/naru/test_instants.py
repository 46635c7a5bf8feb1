import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.instants import Instants, iso_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(-(2**53), 2**53).map(lambda us: EPOCH + timedelta(microseconds=us))


def column(*ts: int) -> np.ndarray:
    return np.array(ts, dtype=np.int64)


def test_times_have_as_many_decimals_as_one_of_them_needs() -> None:
    assert iso_utc(column()) == []
    assert iso_utc(column(-1_000_000, 0)) == [
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00.000Z",
    ]
    assert iso_utc(column(86_399 * 10**9, 86_400 * 10**9)) == [
        "1970-01-01T23:59:59Z",
        "1970-01-02T00:00:00Z",
    ]
    assert iso_utc(column(1_001_000)) == ["1970-01-01T00:00:00.001001Z"]
    assert iso_utc(column(1_001_001)) == ["1970-01-01T00:00:00.001001001Z"]


@given(st.lists(moments))
def test_they_read_back_as_the_instants_they_were(given_moments: list[datetime]) -> None:
    ts = column(*((each - EPOCH) // timedelta(microseconds=1) * 1_000 for each in given_moments))

    texts = iso_utc(ts)

    assert list(map(datetime.fromisoformat, texts)) == given_moments
    assert len({len(text) for text in texts}) <= 1
    assert json.loads(bytes(Instants(ts).json)) == texts


def test_a_part_is_written_as_in_the_whole() -> None:
    instants = Instants(column(0, 500_000_000, 1_000_000_000))

    assert len(instants) == 3
    assert instants[0] == "1970-01-01T00:00:00.000Z"
    assert instants[-1] == "1970-01-01T00:00:01.000Z"
    assert instants[1:] == ["1970-01-01T00:00:00.500Z", "1970-01-01T00:00:01.000Z"]
    assert list(instants) == instants[:]
    with pytest.raises(IndexError):
        instants[3]


def test_blocks_join_without_a_seam() -> None:
    ts = np.arange(70_000, dtype=np.int64) * 977 * 10**9 - 10**17

    texts = iso_utc(ts)

    assert texts == [
        f"{text}Z" for text in np.datetime_as_string(ts.astype("M8[ns]").astype("M8[s]"))
    ]
