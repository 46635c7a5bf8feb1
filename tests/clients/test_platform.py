"""The clients against a running platform."""

import io
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from naru_client import (
    AsyncNaruClient,
    InvalidInputError,
    Message,
    NaruClient,
    NotAuthenticatedError,
    NotFoundError,
    PreconditionFailedError,
    PreconditionRequiredError,
    Tokens,
)
from tests.clients.conftest import EXAMPLE, PASSWORD
from tests.journeys.installation import Installation

SOURCE = EXAMPLE.read_text()


def prepare(client: NaruClient) -> str:
    """Import bars and upload a strategy; return the version's id."""
    client.datasets.upload(daily_bars_csv(), symbol=SYMBOL, content_type="text/csv")
    strategy = client.strategies.create(name="Cross")
    return client.strategies.create_version(strategy.id, source=SOURCE).id


def test_the_main_job(client: NaruClient) -> None:
    told: list[Any] = []
    version_id = prepare(client)

    run = client.backtests.run(version_id=version_id, symbols=[SYMBOL], params={"fast": 10})
    run.wait(60, on_progress=told.append)

    assert run.latest.status == "finished"
    assert told[-1].progress == 1.0
    trades = list(run.trades())
    closed = [trade for trade in trades if trade.exit_ts is not None]
    assert len(closed) == run.metrics["trade_count"]
    assert isinstance(trades[0].entry_price, Decimal)
    assert run.equity(points=10).value[-1] == Decimal(str(run.metrics["final_equity"]))
    assert run.report().startswith("<!doctype html>")
    assert run.receipt().receipt["seed"] == 0
    assert client.backtests.open(run.id).wait(5).latest.status == "finished"


async def test_the_main_job_in_an_event_loop(
    client: NaruClient, generous_installation: Installation, email: str
) -> None:
    version_id = prepare(client)
    async with AsyncNaruClient(generous_installation.url) as other:
        await other.login(email, PASSWORD)
        run = await other.backtests.run(version_id=version_id, symbols=[SYMBOL])
        await run.wait(60)

        assert run.latest.status == "finished"
        assert [trade async for trade in run.trades()]
        listed = [found.id async for found in other.backtests.list()]
        assert listed == [run.id]
        await other.logout()
        assert other.tokens is None


def test_a_stream_tells_of_jobs(client: NaruClient) -> None:
    version_id = prepare(client)
    with client.stream("jobs") as stream:
        run = client.backtests.run(version_id=version_id, symbols=[SYMBOL])
        heard: list[Message] = []
        for news in stream:
            assert isinstance(news, Message)
            heard.append(news)
            if news.data["status"] == "finished":
                break

    assert {news.data["id"] for news in heard} == {run.id}
    with client.stream("jobs", from_seq=heard[0].seq) as again:
        assert next(iter(again)) == heard[0]


def test_a_refused_source_names_the_line(client: NaruClient) -> None:
    strategy = client.strategies.create(name="Bad")

    with pytest.raises(InvalidInputError) as caught:
        client.strategies.create_version(strategy.id, source="import math\nimport os\n")

    assert [problem.line for problem in caught.value.errors] == [2]


def test_updates_want_the_state_that_was_read(client: NaruClient) -> None:
    strategy = client.strategies.create(name="Before")
    read = client.strategies.get(strategy.id)

    with pytest.raises(PreconditionRequiredError):
        client.strategies.update(strategy.id, name="After")
    assert client.strategies.update(strategy.id, name="After", if_match=read).name == "After"
    with pytest.raises(PreconditionFailedError):
        client.strategies.update(strategy.id, name="Later", if_match=read)


def test_a_post_with_the_same_key_counts_once(client: NaruClient) -> None:
    first = client.strategies.create(name="Once", idempotency_key="key-1")
    second = client.strategies.create(name="Once", idempotency_key="key-1")

    assert first.id == second.id
    assert len(list(client.strategies.list())) == 1


def test_pages_go_on_to_the_end(client: NaruClient) -> None:
    made = {client.strategies.create(name=f"No. {number}").id for number in range(5)}

    assert {found.id for found in client.strategies.list(page_size=2)} == made
    assert len(client.strategies.list(page_size=2).first_page().items) == 2


def test_uploads_from_paths_and_files(client: NaruClient, tmp_path: Path) -> None:
    path = tmp_path / f"{SYMBOL}.csv"
    path.write_bytes(daily_bars_csv())
    sent: list[int] = []

    first = client.datasets.upload(path, symbol="A", on_progress=lambda done, _: sent.append(done))
    file = io.BytesIO(daily_bars_csv())
    second = client.datasets.upload(file, symbol="B", content_type="text/csv")

    assert first.upload.bar_count == second.upload.bar_count == 3270
    assert sent[-1] == path.stat().st_size
    with pytest.raises(InvalidInputError):
        client.datasets.upload(b"ts,open\nx,y\n", symbol="C", content_type="text/csv")


def test_a_session_goes_on_in_place(
    client: NaruClient, generous_installation: Installation
) -> None:
    before = client.tokens
    assert before is not None
    kept: list[Tokens | None] = []
    ending = Tokens("no token at all", before.refresh_token, before.expires_at)

    with NaruClient(generous_installation.url, tokens=ending, on_tokens=kept.append) as other:
        threads = [threading.Thread(target=other.me.get) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert other.me.get().email == client.me.get().email

    assert len(kept) == 1


def test_keys_and_what_belongs_to_others(
    client: NaruClient, generous_installation: Installation
) -> None:
    strategy = client.strategies.create(name="Mine")
    made = client.api_keys.create(name="robot", scopes=["strategy:read"])
    with NaruClient(generous_installation.url, api_key=made.key) as robot:
        assert robot.strategies.get(strategy.id).name == "Mine"
        assert made.key not in repr(made)
        with pytest.raises(NotFoundError):
            robot.strategies.get("st_" + "0" * 32)
    with (
        NaruClient(generous_installation.url, api_key="sk_live_nobody") as nobody,
        pytest.raises(NotAuthenticatedError),
    ):
        nobody.me.get()
