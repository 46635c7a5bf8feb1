import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from naru.bars import Bars
from shared.bar_files import BarFileError, BarFileLimits, read_bars, symbol_from_name, write_bars

HEADER = "ts,open,high,low,close,volume\n"
ROWS = "2020-01-01,10,11,9,10.5,100\n2020-01-02,10.5,12,10,11,200\n"
FIRST = 1_577_836_800_000_000_000
DAY = 86_400_000_000_000


def codes(error: pytest.ExceptionInfo[BarFileError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def test_bars_come_back_from_parquet_as_they_were(bars) -> None:
    read = read_bars(io.BytesIO(write_bars(bars)))

    assert read.bars.sha256() == bars.sha256()
    assert (read.bars.symbol, read.bars.timeframe) == ("BTC-USD", "1d")
    assert not read.bars.close.flags.writeable


def test_writing_the_same_bars_gives_the_same_bytes(bars) -> None:
    assert write_bars(bars) == write_bars(bars)


def test_all_formats_give_the_same_content(bars, columns, parquet, csv) -> None:
    lines = ["ts,open,high,low,close,volume"]
    for ts, *prices in zip(*columns.values(), strict=True):
        time = np.datetime_as_string(np.datetime64(int(ts), "ns"), unit="s")
        lines.append(",".join([f"{time}Z", *(repr(float(price)) for price in prices)]))
    text = "\n".join(lines)
    files = [parquet(columns), csv(text), io.BytesIO(gzip.compress(text.encode()))]

    assert {read_bars(file).bars.sha256() for file in files} == {bars.sha256()}


@pytest.mark.parametrize(
    "times",
    [
        ["2020-01-01", "2020-01-02"],
        ["2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"],
        ["2020-01-01 00:00", "2020-01-02 00:00"],
        ["2020-01-01T09:00:00+09:00", "2020-01-02T09:00:00+09:00"],
        ["2020-01-01T00:00:00.000000000", "2020-01-02T00:00:00.000000000"],
        ["1577836800", "1577923200"],
        ["1577836800.0", "1577923200.0"],
        ["1577836800000", "1577923200000"],
        ["1577836800000000", "1577923200000000"],
        ["1577836800000000000", "1577923200000000000"],
        ['"2020-01-01"', '"2020-01-02"'],
    ],
)
def test_csv_times_of_every_form_are_the_same_instants(csv, times) -> None:
    text = HEADER + "".join(f"{time},10,11,9,10,1\n" for time in times)

    assert read_bars(csv(text)).bars.ts.tolist() == [FIRST, FIRST + DAY]


@pytest.mark.parametrize(
    "times",
    [
        pa.array([FIRST // 10**9, (FIRST + DAY) // 10**9], pa.timestamp("s")),
        pa.array([FIRST // 10**6, (FIRST + DAY) // 10**6], pa.timestamp("ms", "Asia/Seoul")),
        pa.array([FIRST // 10**3, (FIRST + DAY) // 10**3], pa.timestamp("us")),
        pa.array([18262, 18263], pa.date32()),
        pa.array([FIRST // 10**6, (FIRST + DAY) // 10**6], pa.date64()),
        pa.array([FIRST // 10**9, (FIRST + DAY) // 10**9], pa.int32()),
        pa.array([FIRST, FIRST + DAY], pa.uint64()),
        pa.array([FIRST / 10**9, (FIRST + DAY) / 10**9]),
        pa.array(["2020-01-01", "2020-01-02"]),
        pa.array(["2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"], pa.large_string()),
        pa.array(["1577836800", "1577923200"]).dictionary_encode(),
    ],
    ids=lambda array: str(array.type),
)
def test_parquet_times_of_every_type_are_the_same_instants(parquet, times) -> None:
    prices = {name: pa.array([10.0, 10.0]) for name in ("open", "high", "low", "close", "volume")}

    assert read_bars(parquet({"ts": times, **prices})).bars.ts.tolist() == [FIRST, FIRST + DAY]


@pytest.mark.parametrize(
    "kind", [pa.float32(), pa.int16(), pa.uint64(), pa.decimal128(21, 2)], ids=str
)
def test_parquet_prices_of_any_number_type_are_read(columns, parquet, kind) -> None:
    numbers = pa.array([10, 11, 12, 13, 14]).cast(kind)
    table = {
        "ts": columns["ts"],
        **dict.fromkeys(("open", "high", "low", "close", "volume"), numbers),
    }

    assert read_bars(parquet(table)).bars.close.tolist() == [10, 11, 12, 13, 14]


def test_columns_are_found_in_any_order_and_case(csv) -> None:
    text = (
        "Volume, Close,Low,High,Open,TS\n100,10.5,9,11,10,2020-01-01\n1,11,10,12,10.5,2020-01-02\n"
    )
    bars = read_bars(csv("\ufeff" + text)).bars

    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (10, 11, 9, 10.5)
    assert bars.volume.tolist() == [100, 1]


def test_parquet_of_many_row_groups_is_read_whole(parquet) -> None:
    count = 200_000
    ts = FIRST + 60_000_000_000 * np.arange(count)
    prices = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0 + np.arange(count))
    bars = read_bars(parquet({"ts": ts, **prices}, row_group_size=1_000)).bars

    assert bars.timeframe == "1m"
    assert np.array_equal(bars.close, 1.0 + np.arange(count))


def test_long_csv_is_read_whole(csv) -> None:
    count = 150_000
    rows = (
        f"{1_577_836_800 + 60 * row},{row + 1},{row + 1},{row + 1},{row + 1},0\n"
        for row in range(count)
    )
    bars = read_bars(csv(HEADER + "".join(rows))).bars

    assert np.array_equal(bars.close, 1.0 + np.arange(count))


def test_symbol_comes_from_argument_metadata_or_name(tmp_path: Path, bars: Bars):
    named = tmp_path / "ETH-USD_1d.csv"
    named.write_text(HEADER + ROWS)
    written = tmp_path / "other.parquet"
    written.write_bytes(write_bars(bars))

    assert read_bars(named).bars.symbol == "ETH-USD"
    assert read_bars(written).bars.symbol == "BTC-USD"
    assert read_bars(str(written), symbol="X").bars.symbol == "X"
    assert read_bars(io.BytesIO((HEADER + ROWS).encode())).bars.symbol == "BARS"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("data/AAPL_1d.parquet", "AAPL"),
        ("SPY_1m_201103.parquet", "SPY"),
        ("BRK.B_1w.csv.gz", "BRK.B"),
        ("my_bars.csv", "my_bars"),
        ("삼성전자.csv", "삼성전자"),
        ("<script>.csv", None),
    ],
)
def test_symbol_from_name(name, symbol) -> None:
    assert symbol_from_name(name) == symbol


def test_one_bar_needs_a_timeframe(csv) -> None:
    text = HEADER + ROWS.split("\n", maxsplit=1)[0] + "\n"
    with pytest.raises(BarFileError) as error:
        read_bars(csv(text))
    assert codes(error) == ["unknown-timeframe"]

    assert read_bars(csv(text), timeframe="1d").bars.timeframe == "1d"


@pytest.mark.parametrize("timeframe", ["", "1x", "0m", "1 d", "day", "99999d"])
def test_strange_timeframes_are_refused(csv, timeframe) -> None:
    with pytest.raises(BarFileError) as error:
        read_bars(csv(HEADER + ROWS), timeframe=timeframe)
    assert codes(error) == ["invalid-timeframe"]


@pytest.mark.parametrize("symbol", ["", "a b", "<b>", "x" * 65, "a\nb"])
def test_strange_symbols_are_refused(csv, symbol) -> None:
    with pytest.raises(BarFileError) as error:
        read_bars(csv(HEADER + ROWS), symbol=symbol)
    assert codes(error) == ["invalid-symbol"]


def test_open_files_stay_open(csv) -> None:
    file = csv(HEADER + ROWS)
    read_bars(file)
    assert not file.closed

    zipped = io.BytesIO(gzip.compress((HEADER + ROWS).encode()))
    read_bars(zipped)
    assert not zipped.closed


def test_missing_and_unreadable_paths_are_told(tmp_path: Path):
    with pytest.raises(BarFileError, match="cannot be opened: No such file"):
        read_bars(tmp_path / "none.csv")
    with pytest.raises(BarFileError, match="cannot be opened"):
        read_bars(tmp_path)


def test_more_rows_or_bytes_than_allowed_are_refused(bars, csv) -> None:
    for file in (io.BytesIO(write_bars(bars)), csv(HEADER + ROWS * 3)):
        with pytest.raises(BarFileError) as error:
            read_bars(file, limits=BarFileLimits(max_rows=4))
        assert codes(error) == ["too-many-rows"]
    with pytest.raises(BarFileError) as error:
        read_bars(csv(HEADER + ROWS), limits=BarFileLimits(max_file_bytes=50))
    assert codes(error) == ["too-large"]


@pytest.mark.parametrize(
    "options",
    [
        {"data_page_version": "2.0"},
        {"compression": "none"},
        {"compression": "snappy"},
        {"compression": "gzip"},
        {"compression": "brotli"},
        {"compression": "lz4"},
        {"use_dictionary": True, "write_page_checksum": True},
        {"use_dictionary": False, "use_byte_stream_split": ["open", "close"]},
        {"use_dictionary": False, "column_encoding": {"ts": "DELTA_BINARY_PACKED"}},
        {"version": "1.0", "coerce_timestamps": "ms"},
        {"use_deprecated_int96_timestamps": True},
        {"data_page_size": 512, "row_group_size": 700, "write_page_index": True},
        {"store_schema": False},
    ],
    ids=str,
)
def test_files_of_every_writer_are_read(parquet, options) -> None:
    count = 3_000
    ramp = 1.0 + np.arange(count) % 50
    columns = {"ts": FIRST + DAY * np.arange(count), "open": ramp, "high": ramp + 1, "low": ramp}
    table = {**columns, "close": ramp + 0.5, "volume": np.zeros(count)}
    bars = read_bars(parquet(table, **options)).bars

    assert np.array_equal(bars.ts, columns["ts"])
    assert np.array_equal(bars.close, ramp + 0.5)


def test_frames_that_pandas_wrote_are_read(columns) -> None:
    frame = pd.DataFrame(columns).assign(ts=lambda each: pd.to_datetime(each.ts, utc=True))
    file = io.BytesIO()
    frame.set_index("ts").to_parquet(file)

    assert read_bars(file).bars.ts.tolist() == columns["ts"].tolist()
    text = io.BytesIO(frame.to_csv(index=False).encode())
    assert read_bars(text).bars.ts.tolist() == columns["ts"].tolist()
