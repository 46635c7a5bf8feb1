"""The storage says what it is, and does not work on less than it was made with."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from data_service.app import create_app
from data_service.client import DataClient
from data_service.contract.errors import StorageDowngradeError
from data_service.settings import DataSettings
from shared.errors import ForbiddenError
from shared.http.transports import connect
from shared.identity import IdentitySigner, Principal
from tests.data_service.caller import MASTER_KEY, Caller, make_bars

SERVICE = Principal.service("tests")


@pytest.fixture
async def stored_full(empty_database: str) -> AsyncIterator[None]:
    """Pretend that the bars were created with full TimescaleDB."""
    async with await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as admin:
        await admin.execute("UPDATE data.storage SET tier = 'full', extension_version = '2.29.2'")
        yield
        await admin.execute("UPDATE data.storage SET tier = 'plain', extension_version = NULL")


async def test_an_embedded_database_is_plain(caller: Caller, client: DataClient) -> None:
    await caller.upload(make_bars(count=5000, timeframe="1m"))

    report = await client.get_storage(SERVICE)

    assert (report.tier, report.available, report.extension_version) == ("plain", "plain", None)
    assert report.bars_bytes > 5000 * 80
    assert report.failed_job_count == 0


async def test_health_names_the_tier(caller: Caller) -> None:
    answer = await caller.call("GET", "/internal/health", principal=SERVICE)

    assert answer.json()["parts"] == {"database": "ok", "objects": "ok"}
    assert answer.json()["facts"]["storage_tier"] == "plain"


async def test_only_services_ask(caller: Caller, client: DataClient) -> None:
    with pytest.raises(ForbiddenError):
        await client.get_storage(caller.person)


@pytest.mark.usefixtures("stored_full")
async def test_a_downgrade_is_refused_everywhere(settings: DataSettings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app), connect(None, app) as http:
        await _expect_refusals(Caller(http), DataClient(http, IdentitySigner(MASTER_KEY)))


async def _expect_refusals(caller: Caller, client: DataClient) -> None:
    with pytest.raises(StorageDowngradeError, match="full"):
        await client.get_storage(SERVICE)

    health = await caller.call("GET", "/internal/health", principal=SERVICE)
    assert (health.status_code, health.json()["code"]) == (503, "storage-downgrade")
    for method, path in (("GET", "/datasets"), ("GET", "/market/candles?symbol=ACME")):
        answer = await caller.call(method, path)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage-downgrade")
