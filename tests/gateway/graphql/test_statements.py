"""However many items a query lists, it takes a handful of SQL statements."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from structlog.contextvars import get_contextvars

from gateway.app import Gateway
from shared.http.transports import connect
from shared.identity import Principal
from shared.ids import new_id, parse_public_id
from tests.gateway.graphql.conftest import SOURCE, Asker, make_asker

_TABLES = (
    "auth.users",
    "auth.workspaces",
    "data.datasets",
    "logic.strategies",
    "logic.versions",
    "trading.backtests",
    "notification.",
)
MOST = 5
REQUEST_ID = "one-listed-query"
BARS = """ts,open,high,low,close,volume
2026-01-05T00:00:00Z,10,11,9,10,100
2026-01-06T00:00:00Z,10,12,9,11,100
2026-01-07T00:00:00Z,11,12,10,12,100
"""


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the request's statements on tables of resources.

    The platform's housekeeping goes on beside it, under other request ids or none.
    """
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        ours = get_contextvars().get("request_id") == REQUEST_ID
        if ours and any(table in statement for table in _TABLES):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
async def owner(platform: Gateway) -> AsyncIterator[Asker]:
    """Return a user with three strategies of three versions each, and backtests of them."""
    async with connect(None, platform) as http:
        owner = await make_asker(http, "olga@example.com")
        stored = await owner.caller.call(
            "POST",
            "/datasets/upload",
            params={"symbol": "AAPL"},
            content=BARS,
            headers={"Content-Type": "text/csv"},
        )
        assert stored.status_code == 201, stored.text
        listed = await owner.ask("{ strategies { edges { node { id } } } }")
        for place, edge in enumerate(listed["strategies"]["edges"]):
            for number in range(3):
                body = {"source": f"{SOURCE}\n# {place}{number}\n"}
                made = await owner.caller.call(
                    "POST", f"/strategies/{edge['node']['id']}/versions", json=body, timeout=30
                )
                assert made.status_code == 201, made.text
                run = {"version_id": made.json()["id"], "symbols": ["AAPL"]}
                answer = await owner.caller.call("POST", "/backtests", json=run, timeout=30)
                assert answer.status_code == 202, answer.text
        yield owner


@pytest.mark.parametrize(
    "query",
    [
        """{ strategies { edges { node { name currentVersion { number }
            versions(first: 2) { edges { node { number sha256 } } pageInfo { hasNextPage } } } } } }
        """,
        """{ strategies { edges { node { name versions(first: 2) { edges { node { number } } }
            backtests(first: 2) { edges { node { status version { number } } } } } } } }""",
        """{ backtests { edges { node { status metrics strategy { name currentVersion { number } }
            version { number note strategy { name } } } } } }""",
        """{ strategies { edges { node { id } } } backtests { edges { node { id } } }
            datasets { edges { node { symbol } } } }""",
        """{ strategies { edges { node { backtests(first: 3) { edges { node { id
            version { strategy { latestNumber } } strategy { name } } } } } } } }""",
    ],
)
async def test_a_listed_query_takes_few_statements(owner: Asker, query: str) -> None:
    caller = replace(owner.caller, headers=owner.caller.headers | {"X-Request-Id": REQUEST_ID})
    with counted() as statements:
        await Asker(caller, owner.strategy_id).ask(query)

    assert 1 <= len(statements) <= MOST, "\n".join(statements)


async def test_nested_pages_go_on_where_they_ended(owner: Asker) -> None:
    nested = """{ strategies(first: 1) { edges { node { id versions(first: 2) {
        edges { cursor node { number } } pageInfo { hasNextPage endCursor } } } } } }"""
    following = """query($id: ID!, $after: String) { strategy(id: $id) {
        versions(first: 2, after: $after) { edges { node { number } }
            pageInfo { hasNextPage } } } }"""

    node = (await owner.ask(nested))["strategies"]["edges"][0]["node"]
    end = node["versions"]["pageInfo"]["endCursor"]
    rest = (await owner.ask(following, id=node["id"], after=end))["strategy"]["versions"]

    assert [edge["node"]["number"] for edge in node["versions"]["edges"]] == [3, 2]
    assert node["versions"]["pageInfo"]["hasNextPage"]
    assert [edge["node"]["number"] for edge in rest["edges"]] == [1]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_nested_backtests_page_by_time(owner: Asker) -> None:
    query = """query($after: String) { strategies(first: 1) { edges { node {
        backtests(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor } } } } } }
    """

    async def page(after: str | None) -> dict[str, Any]:
        listed = await owner.ask(query, after=after)
        backtests: dict[str, Any] = listed["strategies"]["edges"][0]["node"]["backtests"]
        return backtests

    first = await page(None)
    second = await page(first["pageInfo"]["endCursor"])

    ids = [edge["node"]["id"] for part in (first, second) for edge in part["edges"]]
    assert len(set(ids)) == len(ids) == 3


async def test_lists_of_others_are_empty(platform: Gateway, owner: Asker) -> None:
    strategy_id = parse_public_id("st", owner.strategy_id)
    assert strategy_id is not None
    stranger = Principal("session", new_id(), new_id(), scopes=frozenset({"*"}))
    clients = platform.clients

    versions = await clients.logic.list_versions_of_strategies(stranger, [strategy_id], 5)
    backtests = await clients.trading.list_backtests_of_strategies(stranger, [strategy_id], 5)

    assert (versions, backtests) == ({}, {})
