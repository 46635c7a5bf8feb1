"""Six processes that speak HTTP do what one does, and survive that one of them is away."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from tests.journeys.installation import Person
from tests.journeys.split import SplitPlatform
from tests.journeys.test_main_job import EXAMPLE


@pytest.fixture
async def split(
    fresh_database: Callable[..., Awaitable[str]], redis_url: str
) -> AsyncIterator[SplitPlatform]:
    """Return a running platform of nine processes."""
    with tempfile.TemporaryDirectory(prefix="naru-split-", ignore_cleanup_errors=True) as folder:
        platform = SplitPlatform(Path(folder), await fresh_database(), redis_url)
        try:
            await platform.start()
            yield platform
        finally:
            await platform.stop()


@pytest.mark.timeout(400)  # nine interpreters start, on two cores
async def test_the_main_job_over_http_and_a_service_that_dies(split: SplitPlatform) -> None:
    person = Person(split.url, "sora@example.com")
    await person.register()
    uploaded = await person.upload(SYMBOL, daily_bars_csv())
    assert uploaded.status_code == 201, uploaded.text
    version = await person.create_version(EXAMPLE)
    asked = {"version_id": version["id"], "symbols": [SYMBOL]}
    queued = await person.must("POST", "/backtests", asked)
    finished = await person.wait_for_end(queued["id"])
    assert finished["status"] == "finished", finished
    report = await person.ask("GET", f"/backtests/{queued['id']}/report")
    assert report.headers["content-type"].startswith("text/html")

    await split.kill("trading")
    path = f"/backtests/{queued['id']}"
    away = [await person.ask("GET", path) for _ in range(4)]
    refused = await person.ask("POST", "/backtests", asked)
    elsewhere = await person.ask("GET", "/strategies")
    ready = await person.http.get(f"{split.url}/health/ready")

    for answer in (*away, refused):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert "trading" in answer.json()["detail"]
    assert split.logged("gateway", "circuit.opened")
    assert elsewhere.status_code == 200
    assert ready.json()["checks"]["trading"]["status"] == "failing"

    await split.start_api("trading")
    async with asyncio.timeout(60):
        while (
            back := await person.ask("GET", path)
        ).status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(0.2)
    assert back.json() == finished
    assert split.logged("gateway", "circuit.closed")
    await person.http.aclose()
