"""Datasets are listed, read, judged and deleted by their own workspace alone."""

import pytest

from data_service.client import DataClient
from data_service.contract.bars import BarsQuery, snapshot_key
from data_service.contract.errors import DatasetNotFoundError
from data_service.deps import DataDeps
from shared.ids import new_id, parse_public_id, public_id
from tests.data_service.caller import START_NS, Caller, make_bars

DAY_NS = 86_400 * 10**9
PATHS = [("GET", ""), ("GET", "/quality"), ("DELETE", "")]


async def test_lists_come_in_pages_newest_first(caller: Caller, stranger: Caller) -> None:
    for symbol in ("A", "B", "C"):
        await caller.upload(make_bars(symbol))
    await stranger.upload(make_bars("X"))

    first = (await caller.call("GET", "/datasets?limit=2")).json()
    second = (
        await caller.call("GET", "/datasets", params={"limit": "2", "cursor": first["next_cursor"]})
    ).json()

    assert [item["symbol"] for item in first["items"]] == ["C", "B"]
    assert [item["symbol"] for item in second["items"]] == ["A"]
    assert second["next_cursor"] is None


async def test_a_dataset_can_be_read(caller: Caller, client: DataClient) -> None:
    report = await caller.upload(make_bars())
    dataset_id = parse_public_id("ds", report["dataset"]["id"])
    assert dataset_id is not None

    dataset = await client.get_dataset(caller.person, dataset_id)

    assert dataset.model_dump(mode="json") == report["dataset"]
    assert (await client.list_datasets(caller.person)).items == [dataset]


async def test_quality_is_that_of_all_stored_bars(caller: Caller) -> None:
    await caller.upload(make_bars(count=10))
    report = await caller.upload(make_bars(count=10, start_ns=START_NS + 40 * DAY_NS))

    answer = await caller.call("GET", f"/datasets/{report['dataset']['id']}/quality")

    quality = answer.json()
    assert quality["version"] == 2
    assert quality["quality"]["bar_count"] == 20
    assert quality["quality"]["missing_count"] == 30
    assert quality["quality"]["gaps"] == [
        {"after": "2020-09-23T00:00:00Z", "before": "2020-10-24T00:00:00Z", "missing_count": 30}
    ]
    assert [upload["version"] for upload in quality["uploads"]] == [2, 1]


async def test_deleting_takes_the_bars_and_leaves_the_snapshots(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    report = await caller.upload(make_bars())
    await caller.upload(make_bars("OTHER"))
    snapshot = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))

    answer = await caller.call("DELETE", f"/datasets/{report['dataset']['id']}")

    assert answer.status_code == 204
    assert [item.symbol for item in (await client.list_symbols(caller.person)).items] == ["OTHER"]
    assert await deps.objects.exists(snapshot_key(caller.workspace_id, snapshot.sha256))
    events = (await client.read_events(0, 10)).events
    assert [event.name for event in events][-1] == "data.dataset.deleted"
    gone = await caller.call("DELETE", f"/datasets/{report['dataset']['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "dataset-not-found")


async def test_a_deleted_dataset_starts_anew(caller: Caller, client: DataClient) -> None:
    report = await caller.upload(make_bars(count=100))
    await caller.call("DELETE", f"/datasets/{report['dataset']['id']}")

    again = await caller.upload(make_bars(count=3))

    assert (again["dataset"]["version"], again["dataset"]["bar_count"]) == (1, 3)
    snapshot = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))
    assert snapshot.bar_count == 3


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_others_datasets_do_not_exist(
    caller: Caller, stranger: Caller, method: str, path: str
) -> None:
    report = await caller.upload(make_bars())

    answer = await stranger.call(method, f"/datasets/{report['dataset']['id']}{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "dataset-not-found")


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_datasets_want_a_signature(caller: Caller, method: str, path: str) -> None:
    answer = await caller.anonymous(method, f"/datasets/{public_id('ds', new_id())}{path}")

    assert answer.status_code == 401


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=AAAA", "limit=many"])
async def test_bad_list_queries(caller: Caller, query: str) -> None:
    answer = await caller.call("GET", f"/datasets?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/query/")


async def test_a_malformed_id_is_named(caller: Caller) -> None:
    answer = await caller.call("GET", "/datasets/ds_1")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/path/dataset_id"


async def test_the_client_raises_the_services_errors(caller: Caller, client: DataClient) -> None:
    with pytest.raises(DatasetNotFoundError):
        await client.get_dataset(caller.person, new_id())
