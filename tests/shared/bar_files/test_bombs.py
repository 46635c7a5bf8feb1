"""Small files that would unpack to very much are refused before they do."""

import gzip
import io
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.bar_files import BarFileError, BarFileLimits, read_bars
from shared.bar_files.parquet_pages import Chunk, pages_of, row_groups_of
from shared.bar_files.thrift import MalformedError

HEADER = b"ts,open,high,low,close,volume\n"


def code_of(file: io.BytesIO, limits: BarFileLimits | None = None) -> str:
    with pytest.raises(BarFileError) as error:
        read_bars(file, limits=limits or BarFileLimits())
    return error.value.problems[0].code


def one_page(rows: int) -> bytes:
    """Columns of equal numbers, each in one page: next to nothing when compressed."""
    table = pa.table(
        {
            name: np.zeros(rows, "M8[ns]" if name == "ts" else np.float64)
            for name in ("ts", "open", "high", "low", "close", "volume")
        }
    )
    file = io.BytesIO()
    pq.write_table(
        table,
        file,
        compression="zstd",
        use_dictionary=False,
        data_page_size=1 << 30,
        row_group_size=rows,
        max_rows_per_page=rows,
        write_batch_size=rows,
    )
    return file.getvalue()


def test_more_rows_than_allowed_are_refused_by_the_footer() -> None:
    big = one_page(200_000)
    assert len(big) < 5_000
    assert code_of(io.BytesIO(big), BarFileLimits(max_rows=100_000)) == "too-many-rows"


def test_pages_that_unpack_to_more_than_the_footer_admits_are_refused() -> None:
    big, small = one_page(500_000), one_page(3)
    footer = int.from_bytes(small[-8:-4], "little") + 8
    lying = big[: len(small) - footer] + small[-footer:]
    assert next(pages_of(io.BytesIO(lying), Chunk(4, 100))).uncompressed_size > 3_900_000

    assert code_of(io.BytesIO(lying)) == "too-large"


def test_one_huge_text_many_times_is_refused() -> None:
    prices = {name: np.ones(1_000) for name in ("open", "high", "low", "close", "volume")}
    texts = pa.DictionaryArray.from_arrays(np.zeros(1_000, np.int32), ["9" * 10_000_000])
    for options in ({}, {"use_dictionary": False, "column_encoding": {"ts": "DELTA_BYTE_ARRAY"}}):
        column = texts if not options else pa.array(["9" * 50_000] * 1_000)
        file = io.BytesIO()
        pq.write_table(pa.table({"ts": column, **prices}), file, compression="zstd", **options)
        assert len(file.getvalue()) < 1_100_000
        allocated = pa.total_allocated_bytes()
        assert code_of(file) == "too-large"
        assert pa.total_allocated_bytes() - allocated < 1 << 20


@pytest.mark.parametrize("filling", [b"\n", b"0", b"1,1,1,1,1,1\n"], ids=["lines", "cell", "rows"])
def test_gzip_bombs_are_refused_within_bounded_memory(filling) -> None:
    bomb = gzip.compress(HEADER + filling * ((32 << 20) // len(filling)))
    limits = BarFileLimits(max_text_bytes=8 << 20, max_rows=100_000)
    tracemalloc.start()
    code = code_of(io.BytesIO(bomb), limits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert code in {"too-large", "line-too-long", "too-many-rows", "empty"}
    assert peak < 24 << 20


NOT_THRIFT = (b"\x15", b"\x1c" * 40, b"\xff" * 40, b"\x19\xfc\xff\xff\xff\x0f\x00", bytes(9))


@pytest.mark.parametrize("data", NOT_THRIFT)
def test_page_headers_that_are_none_are_refused(data) -> None:
    with pytest.raises(MalformedError):
        list(pages_of(io.BytesIO(data), Chunk(0, len(data))))


@pytest.mark.parametrize("data", [b"", *NOT_THRIFT])
def test_footers_that_are_none_are_refused(data) -> None:
    file = io.BytesIO(b"PAR1" + data + len(data).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(MalformedError):
        row_groups_of(file)
    assert code_of(file) == "unreadable"


def test_files_that_arrow_ends_the_process_over_are_read_or_refused() -> None:
    # Size statistics that contradict the schema: asking Arrow for such a column's metadata
    # throws through a frame that may not throw. Every byte of the footer is damaged in turn.
    good = one_page(3)
    footer = len(good) - 8 - int.from_bytes(good[-8:-4], "little")
    for place in range(footer, len(good) - 8):
        for value in (0xFF, good[place] ^ 1):
            data = bytearray(good)
            data[place] = value
            try:
                read_bars(io.BytesIO(bytes(data)))
            except BarFileError as error:
                assert error.problems  # noqa: PT017 - most are refused, some are harmless
