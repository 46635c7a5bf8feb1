"""Bars for children: once packed, nobody can change them."""

import mmap
import os
from dataclasses import replace

import numpy as np
import pytest

from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.runner import map_bars
from naru.bars import COLUMNS, Bars

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="this system has no memory files to seal"
)


def _bars(count: int) -> Bars:
    prices = [np.arange(1.0, count + 1) + place for place in range(5)]
    return Bars("X", "1m", np.arange(count, dtype=np.int64), *prices)


def test_a_block_holds_column_by_column_all_series() -> None:
    series = [_bars(3), _bars(700)]

    with PackedBars(series) as packed:
        packed.lay()
        block = os.pread(packed.descriptors[0], 1 << 20, 0)

    expected = b"".join(getattr(each, name).tobytes() for name in COLUMNS for each in series)
    assert block == expected
    assert [shape["count"] for shape in packed.shapes] == [3, 700]


@pytest.mark.parametrize("later", [0, 1])
def test_series_are_mapped_as_they_were_and_equal_instants_once(later: int) -> None:
    first, longer = _bars(30), _bars(31)
    second = replace(first, symbol="Y", ts=first.ts + later, close=first.close * 2)
    series = [first, second, longer, replace(first, symbol="Z")]

    with PackedBars(series) as packed:
        packed.lay()
        mapped = map_bars(packed.shapes, os.dup(packed.descriptors[0]))

    assert [each.symbol for each in mapped] == ["X", "Y", "X", "Z"]
    for one, other in zip(series, mapped, strict=True):
        for name in COLUMNS:
            assert np.array_equal(getattr(one, name), getattr(other, name))
            assert not getattr(other, name).flags.writeable
    assert (mapped[1].ts is mapped[0].ts) is (later == 0)
    assert mapped[2].ts is not mapped[0].ts
    assert mapped[3].ts is mapped[0].ts


def test_a_packed_block_takes_no_write_and_no_writable_mapping() -> None:
    with PackedBars([_bars(2_000)]) as packed:
        packed.lay()
        (descriptor,) = packed.descriptors
        before = os.pread(descriptor, 1 << 20, 0)

        with pytest.raises(PermissionError):
            os.pwrite(descriptor, b"x", 0)
        with pytest.raises(PermissionError):
            mmap.mmap(descriptor, 4096)
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 0)
        with pytest.raises(PermissionError):
            os.posix_fallocate(descriptor, len(before), 4096)

        assert os.pread(descriptor, 1 << 20, 0) == before


def test_a_mapping_to_be_read_cannot_be_made_writable() -> None:
    with PackedBars([_bars(2_000)]) as packed:
        packed.lay()
        (descriptor,) = packed.descriptors
        # Readers open it anew, as a child could if it had a file system to do that in.
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
        try:
            with pytest.raises(PermissionError):
                mmap.mmap(again, 4096, access=mmap.ACCESS_WRITE)
            with pytest.raises(PermissionError):
                os.pwrite(again, b"x", 0)
        finally:
            os.close(again)
