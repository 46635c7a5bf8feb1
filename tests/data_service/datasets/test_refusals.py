"""Bad uploads get a clear problem, and nothing of them is stored."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from structlog.testing import capture_logs

from data_service.contract.datasets import MAX_UPLOAD_BYTES
from shared.bar_files import write_bars
from tests.data_service.caller import Caller, make_bars

HEADER = "ts,open,high,low,close,volume\n"
GOOD = HEADER + "2020-09-14,1,1,1,1,1\n2020-09-15,1,1,1,1,1\n"

REFUSED: dict[str, tuple[str, str, str]] = {
    "unknown column": (
        GOOD.replace("volume", "vol"),
        "/columns/vol",
        "unknown-column",
    ),
    "missing column": (
        "ts,open,high,low,close\n2020-09-14,1,1,1,1\n",
        "/columns/volume",
        "missing-column",
    ),
    "unsorted": (HEADER + "2020-09-15,1,1,1,1,1\n2020-09-14,1,1,1,1,1\n", "/rows/2/ts", "unsorted"),
    "nan": (GOOD + "2020-09-16,1,1,1,nan,1\n", "/rows/3/close", "not-finite"),
    "infinite": (GOOD + "2020-09-16,1,inf,1,1,1\n", "/rows/3/high", "not-finite"),
    "no value": (GOOD + "2020-09-16,1,,1,1,1\n", "/rows/3/high", "missing-value"),
    "two bars at one time": (GOOD + "2020-09-15,2,2,2,2,2\n", "/rows/3/ts", "duplicate-ts"),
    "contradiction": (GOOD + "2020-09-16,1,1,2,1,1\n", "/rows/3/high", "ohlc-contradiction"),
    "negative volume": (GOOD + "2020-09-16,1,1,1,1,-1\n", "/rows/3/volume", "negative-volume"),
    "price of zero": (GOOD + "2020-09-16,1,1,0,1,1\n", "/rows/3/low", "price-not-positive"),
    "empty file": ("", "/file", "empty"),
    "header alone": (HEADER, "/file", "empty"),
    "finer than the database": (
        HEADER + "1600000000000000001,1,1,1,1,1\n1600000060000000001,1,1,1,1,1\n",
        "/columns/ts",
        "too-precise",
    ),
}


@pytest.fixture
async def nothing_stored(empty_database: str) -> AsyncIterator[None]:
    """Check after the test that no table has got a row."""
    yield
    async with await psycopg.AsyncConnection.connect(empty_database) as connection:
        for table in ("bars", "datasets", "uploads", "outbox"):
            found = await connection.execute(f"SELECT count(*) FROM data.{table}")
            assert await found.fetchone() == (0,), table


pytestmark = pytest.mark.usefixtures("nothing_stored")


def first_problem(answer: Any) -> tuple[str, str]:
    """Return pointer and code of the first problem."""
    problem = answer.json()["errors"][0]
    return problem["pointer"], problem["code"]


@pytest.mark.parametrize("name", REFUSED)
async def test_bad_bars_are_refused_by_field_and_row(caller: Caller, name: str) -> None:
    csv, pointer, code = REFUSED[name]

    answer = await caller.send(csv.encode(), symbol="ACME", timeframe="1d")

    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problems = {(problem["pointer"], problem["code"]) for problem in answer.json()["errors"]}
    assert (pointer, code) in problems


async def test_a_text_where_a_number_belongs(caller: Caller) -> None:
    answer = await caller.send(
        (GOOD + "2020-09-16,1,much,1,1,1\n").encode(), symbol="ACME", timeframe="1d"
    )

    assert answer.status_code == 422
    assert "high" in answer.json()["errors"][0]["message"]


async def test_a_parquet_column_of_the_wrong_type(caller: Caller) -> None:
    table = pa.table({name: ["x"] for name in ("ts", "open", "high", "low", "close", "volume")})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)

    answer = await caller.send(bytes(sink.getvalue()), "application/vnd.apache.parquet")

    assert answer.status_code == 422
    assert first_problem(answer)[1] == "wrong-type"


@pytest.mark.parametrize(
    "content", [b"\x00" * 100, b"PAR1garbagePAR1", b"PK\x03\x04 a spreadsheet", b"\x1f\x8bbroken"]
)
async def test_bytes_that_are_no_bar_file(caller: Caller, content: bytes) -> None:
    answer = await caller.send(content, "application/octet-stream", symbol="ACME")

    assert answer.status_code == 422, answer.text


async def test_bars_of_nobody_knows_what(caller: Caller) -> None:
    answer = await caller.send(GOOD.encode())

    assert (answer.status_code, first_problem(answer)) == (422, ("/symbol", "missing"))


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"symbol": "no spaces"}, "/query/symbol"),
        ({"symbol": "X" * 65}, "/query/symbol"),
        ({"symbol": "A\x00B"}, "/query/symbol"),
        ({"symbol": "ACME", "timeframe": "1 fortnight"}, "/query/timeframe"),
        ({"symbol": "ACME", "colour": "red"}, "/query/colour"),
        ({"symbol": "ACME", "contradictions": "keep"}, "/query/contradictions"),
    ],
)
async def test_bad_options(caller: Caller, params: dict[str, str], pointer: str) -> None:
    answer = await caller.send(GOOD.encode(), **params)

    assert (answer.status_code, first_problem(answer)[0]) == (422, pointer)


async def test_bad_options_in_a_form(caller: Caller) -> None:
    answer = await caller.call(
        "POST",
        "/datasets/upload",
        files={"file": ("a.csv", GOOD.encode(), "text/csv")},
        data={"symbol": "no spaces", "colour": "red"},
    )

    assert answer.status_code == 422
    assert {problem["pointer"] for problem in answer.json()["errors"]} == {"/symbol", "/colour"}


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "x"])
async def test_content_types_that_are_not_read(caller: Caller, kind: str) -> None:
    answer = await caller.send(GOOD.encode(), kind, symbol="ACME")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


async def test_a_form_without_the_file(caller: Caller) -> None:
    answer = await caller.call(
        "POST",
        "/datasets/upload",
        files={"bars": ("a.csv", GOOD.encode(), "text/csv")},
        data={"symbol": "ACME"},
    )

    assert (answer.status_code, first_problem(answer)) == (422, ("/file", "missing"))


async def test_a_form_with_two_files(caller: Caller) -> None:
    file = ("a.csv", GOOD.encode(), "text/csv")

    answer = await caller.call(
        "POST", "/datasets/upload", files=[("file", file), ("file", file)], data={"symbol": "ACME"}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nz\r\n--x--\r\n"]
)
async def test_a_broken_form(caller: Caller, body: bytes) -> None:
    answer = await caller.send(body, "multipart/form-data; boundary=x")

    assert answer.status_code in {400, 422}, answer.text


async def test_a_form_without_a_boundary(caller: Caller) -> None:
    assert (await caller.send(GOOD.encode(), "multipart/form-data")).status_code == 400


async def test_an_announced_size_beyond_the_limit_is_refused_unread(caller: Caller) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await caller.call(
        "POST",
        "/datasets/upload",
        params={"symbol": "ACME"},
        content=unread(),
        headers={"Content-Type": "text/csv", "Content-Length": str(MAX_UPLOAD_BYTES + 1)},
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "content-too-large")


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data; boundary=x"])
async def test_a_body_beyond_the_limit_is_cut_off(caller: Caller, kind: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        while True:
            sent += 1 << 20
            yield bytes(1 << 20)

    answer = await caller.call(
        "POST",
        "/datasets/upload",
        params={"symbol": "ACME"},
        content=endless(),
        headers={"Content-Type": kind},
    )

    assert answer.status_code == 413, answer.text
    assert sent <= MAX_UPLOAD_BYTES + (2 << 20)


@pytest.fixture
async def failing_uploads_table(empty_database: str) -> AsyncIterator[None]:
    """Let PostgreSQL fail on the last statement of an upload, when its bars have been copied."""
    async with await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as admin:
        await admin.execute(
            "CREATE FUNCTION data.fail() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$"
        )
        await admin.execute(
            "CREATE TRIGGER fail BEFORE INSERT ON data.uploads EXECUTE FUNCTION data.fail()"
        )
        yield
        await admin.execute("DROP FUNCTION data.fail CASCADE")


@pytest.mark.usefixtures("failing_uploads_table")
async def test_an_upload_that_fails_half_way_leaves_nothing(caller: Caller) -> None:
    with capture_logs() as logs:
        answer = await caller.send(write_bars(make_bars()), "application/vnd.apache.parquet")

    assert [entry["event"] for entry in logs] == ["request.database_failed"]
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "disk full" not in answer.text
