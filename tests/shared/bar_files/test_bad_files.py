import gzip
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.bars import Bars
from shared.bar_files import BarFileError, BarFileProblem, read_bars, write_bars

HEADER = "ts,open,high,low,close,volume\n"
ROWS = "2020-01-01,10,11,9,10.5,100\n2020-01-02,10.5,12,10,11,200\n"


def problems(file: io.BytesIO, **options: object) -> list[BarFileProblem]:
    with pytest.raises(BarFileError) as error:
        read_bars(file, **options)
    return list(error.value.problems)


def only(file: io.BytesIO, **options: object) -> tuple[str, int | None, str]:
    [problem] = problems(file, **options)
    return problem.field, problem.row, problem.code


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, HEADER + "\n\n"])
def test_empty_files(csv, text) -> None:
    assert only(csv(text)) == ("file", None, "empty")


def test_missing_unknown_and_repeated_columns_are_told_at_once(csv) -> None:
    text = "Date,open,high,low,low,volume,ticker\n2020-01-01,1,1,1,1,1,A\n"

    assert [(problem.field, problem.code) for problem in problems(csv(text))] == [
        ("date", "unknown-column"),
        ("low", "repeated-column"),
        ("ticker", "unknown-column"),
        ("ts", "missing-column"),
        ("close", "missing-column"),
    ]
    assert "rename it to 'ts'" in problems(csv(text))[0].message


def test_wrong_value_in_csv_names_column_and_row(csv) -> None:
    assert only(csv(HEADER + ROWS + "2020-01-03,10,n/k,9,10,1\n")) == ("high", 3, "wrong-type")
    assert only(csv(HEADER + ROWS + "yesterday,10,11,9,10,1\n")) == ("ts", 3, "wrong-type")
    assert only(csv(HEADER + ROWS + "2020-01-03T00:00Z,10,11,9,10,1\n")) == ("ts", 3, "wrong-type")
    assert only(csv(HEADER + "1577836800.5,10,11,9,10,1\n")) == ("ts", 1, "wrong-type")
    assert only(csv(HEADER + "1577836800,10,11,9,10,1\n1e400,10,11,9,10,1\n"))[0] == "ts"


def test_messages_say_what_to_write_instead(csv) -> None:
    american = HEADER + "01/31/2020,1,2,1,1,5\n02/01/2020,1,2,1,1,5\n"
    mixed = HEADER + "2020-01-01,1,2,1,1,5\n02/01/2020,1,2,1,1,5\n"
    bare = "ts,open,high,low,close,note\n2020-01-01,1,2,1,1,x\n"

    [first] = problems(csv(american))
    assert "write 2020-01-31, 2020-01-31T09:30:00Z, or seconds since 1970" in first.message
    [second] = problems(csv(mixed))
    assert "like the first one" in second.message
    assert [problem.message for problem in problems(csv(bare))] == [
        "unknown column 'note'; leave only ts, open, high, low, close, volume",
        "column 'volume' is missing; write 0 where nobody knows it",
    ]


def test_missing_value_names_column_and_row(csv, columns, parquet) -> None:
    assert only(csv(HEADER + ROWS + "2020-01-03,10,11,,10,1\n")) == ("low", 3, "missing-value")
    table = {**columns, "close": pa.array([1.0, None, 1.0, 1.0, 1.0])}
    assert only(parquet(table)) == ("close", 2, "missing-value")


def test_short_and_long_rows(csv) -> None:
    assert only(csv(HEADER + ROWS + "2020-01-03,10\n")) == ("file", 3, "wrong-width")
    assert only(csv(HEADER + "2020-01-03,10,11,9,10,1,7\n")) == ("file", 1, "wrong-width")


def test_wrong_types_in_parquet_name_the_columns(columns, parquet) -> None:
    table = {**columns, "high": pa.array(["a"] * 5), "volume": pa.array([[1.0]] * 5)}

    assert [(problem.field, problem.code) for problem in problems(parquet(table))] == [
        ("high", "wrong-type"),
        ("volume", "wrong-type"),
    ]


def test_texts_that_are_no_times_in_parquet(columns, parquet) -> None:
    soon = pa.array(["soon"] * 5)
    long = pa.array(["2020-01-01" + " " * 90] * 5)
    assert only(parquet({**columns, "ts": soon})) == ("ts", 1, "wrong-type")
    assert only(parquet({**columns, "ts": long})) == ("ts", None, "wrong-type")


@pytest.mark.parametrize(
    ("column", "row", "value", "code"),
    [
        ("open", 2, np.nan, "not-finite"),
        ("volume", 4, np.inf, "not-finite"),
        ("volume", 1, -1.0, "negative-volume"),
        ("high", 3, 11.7, "ohlc-contradiction"),
        ("low", 3, 13.0, "ohlc-contradiction"),
        ("close", 5, 99.0, "ohlc-contradiction"),
        ("open", 0, 0.5, "ohlc-contradiction"),
    ],
)
def test_impossible_values_name_the_row(columns, parquet, column, row, value, code) -> None:
    columns[column][row - 1] = value

    [problem] = problems(parquet(columns))
    assert (problem.row, problem.code) == (row or 5, code)


def test_prices_must_be_above_zero(columns, parquet) -> None:
    columns["low"][1] = 0.0
    assert only(parquet(columns)) == ("low", 2, "price-not-positive")


def test_all_broken_rules_are_told_with_their_counts(columns, parquet) -> None:
    columns["ts"][3:] = columns["ts"][1] + 1, columns["ts"][1] + 2
    columns["volume"][:4] = -1.0
    columns["close"][2] = np.nan

    told = problems(parquet(columns))
    assert [(problem.field, problem.row, problem.code) for problem in told] == [
        ("ts", 4, "unsorted"),
        ("close", 3, "not-finite"),
        ("volume", 1, "negative-volume"),
    ]
    assert told[2].message == "volume is negative in 4 rows, first 1, 2, 3, 4"


def test_contradicting_rows_are_left_out_on_request(columns, parquet) -> None:
    columns["high"][2] = 1.0

    read = read_bars(parquet(columns), contradictions="drop")
    assert (read.report.rows, read.report.contradicting_rows, len(read.bars)) == (5, 1, 4)


def test_repeated_rows_are_left_out_and_counted(csv) -> None:
    first, second = ROWS.splitlines(keepends=True)
    read = read_bars(csv(HEADER + first + first + second + second + second))

    assert (len(read.bars), read.report.rows, read.report.repeated_rows) == (2, 5, 3)


def test_two_bars_at_one_time_are_refused(csv) -> None:
    text = HEADER + ROWS + "2020-01-02,10.5,12,10,11.5,200\n"
    assert only(csv(text)) == ("ts", 3, "duplicate-ts")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04" + bytes(50), "unknown-format"),
        (b"ARROW1" + bytes(50), "unknown-format"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), "unknown-format"),
        (bytes(range(256)), "unknown-format"),
        (HEADER.encode() + b"2020-01-01,\xff,1,1,1,1\n", "unknown-format"),
        (HEADER.replace(",", ";").encode() + b"1;1;1;1;1;1\n", "wrong-separator"),
        (b"PAR1", "unreadable"),
        (b"PAR1" + bytes(100) + b"PAR1", "unreadable"),
        (gzip.compress((HEADER + ROWS).encode(), mtime=0)[:-12], "unreadable"),
        (b"\x1f\x8b" + bytes(40), "unreadable"),
        (gzip.compress(b"PAR1" + bytes(40), mtime=0), "unknown-format"),
        (HEADER.encode() + ROWS.encode() + b"2" * 3_000_000, "line-too-long"),
    ],
)
def test_foreign_and_damaged_files(data, code) -> None:
    assert problems(io.BytesIO(data))[0].code == code


def test_times_outside_the_representable_years(columns, parquet) -> None:
    far = pa.array([10**11] * 5, pa.timestamp("s"))
    assert only(parquet({**columns, "ts": far})) == ("ts", None, "time-out-of-range")


def test_problem_details_point_into_the_file(csv) -> None:
    with pytest.raises(BarFileError) as error:
        read_bars(csv(HEADER + "2020-01-01,10,9,9,10,1\n"))

    assert error.value.status == 422
    assert [problem.pointer for problem in error.value.errors] == ["/rows/1/high"]
    rebuilt = BarFileError.from_problem(
        {"code": "bar-file-invalid", "errors": [error.value.errors[0].to_dict()]}, {}
    )
    assert type(rebuilt) is BarFileError


def _sample() -> bytes:
    ramp = np.linspace(10.0, 20.0, 300)
    ts = 1_577_836_800_000_000_000 + 60_000_000_000 * np.arange(300)
    return write_bars(Bars("A", "1m", ts, ramp, ramp + 1, ramp - 1, ramp.copy(), ramp * 2))


SAMPLE = _sample()


@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=8))
def test_damaged_parquet_never_raises_anything_else(edits) -> None:
    data = bytearray(SAMPLE)
    for place, byte in edits:
        data[place] = byte
    _read_or_refuse(bytes(data))


@given(st.integers(0, len(SAMPLE)))
def test_cut_parquet_never_raises_anything_else(length) -> None:
    _read_or_refuse(SAMPLE[:length])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise_anything_else(data) -> None:
    _read_or_refuse(data)
    _read_or_refuse(HEADER.encode() + data)
    _read_or_refuse(gzip.compress(data))


@given(st.text(alphabet="0123456789.,-+eE:TZ \"'\n\rnaif", max_size=300))
def test_arbitrary_rows_never_raise_anything_else(text) -> None:
    _read_or_refuse((HEADER + text).encode())


def _read_or_refuse(data: bytes) -> None:
    try:
        bars = read_bars(io.BytesIO(data)).bars
    except BarFileError:
        return
    assert (np.diff(bars.ts) > 0).all()
    for name in ("open", "high", "low", "close", "volume"):
        assert np.isfinite(getattr(bars, name)).all()
    assert (bars.high >= bars.low).all()
