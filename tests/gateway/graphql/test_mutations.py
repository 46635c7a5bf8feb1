"""Mutations are REST operations: same scopes, step-up, idempotency, refusals."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from gateway.app import Gateway
from gateway.graphql.fields import CHANGES, LISTINGS, READINGS, REST_ONLY
from shared.http.app import PUBLIC_PREFIX
from tests.gateway.caller import Caller
from tests.gateway.graphql.conftest import SOURCE, Asker

CREATE = """mutation($input: CreateStrategyInput!, $key: String) {
    createStrategy(input: $input, idempotencyKey: $key) { id name description } }"""


async def test_a_strategy_lives_through_all_its_changes(writer: Asker) -> None:
    made = (await writer.ask(CREATE, input={"name": "Grown"}))["createStrategy"]
    uploaded = await writer.ask(
        """mutation($id: ID!, $source: String!) { createStrategyVersion(strategyId: $id,
            input: {source: $source, note: "first"}) { number note strategy { name } } }""",
        id=made["id"],
        source=SOURCE,
    )
    renamed = await writer.ask(
        """mutation($id: ID!) { updateStrategy(strategyId: $id,
            input: {description: "Why"}) { name description currentNumber } }""",
        id=made["id"],
    )
    gone = await writer.ask("mutation($id: ID!) { deleteStrategy(strategyId: $id) }", id=made["id"])
    answer = await writer.send(query=f'{{ strategy(id: "{made["id"]}") {{ id }} }}')

    assert uploaded["createStrategyVersion"] == {
        "number": 1,
        "note": "first",
        "strategy": {"name": "Grown"},
    }
    assert renamed["updateStrategy"] == {"name": "Grown", "description": "Why", "currentNumber": 1}
    assert gone == {"deleteStrategy": True}
    assert answer.json()["errors"][0]["extensions"]["code"] == "strategy-not-found"


async def test_refusals_carry_pointer_line_and_column(writer: Asker) -> None:
    query = """mutation($id: ID!) { createStrategyVersion(strategyId: $id,
        input: {source: "import os"}) { id } }"""

    answer = await writer.send(query=query, variables={"id": writer.strategy_id})

    error = answer.json()["errors"][0]
    assert error["extensions"]["status"] == 422
    problem = error["extensions"]["errors"][0]
    assert (problem["line"], problem["column"], problem["pointer"]) == (1, 1, "/source")
    assert error["path"] == ["createStrategyVersion"]


async def test_what_wants_a_recent_sign_in_says_so(writer: Asker) -> None:
    late = Asker(await Caller(writer.caller.http).register("late@example.com"), "")

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        refused = await late.send(query='mutation { createApiKey(input: {name: "x"}) { id } }')

    error = refused.json()["errors"][0]
    assert (error["extensions"]["code"], error["extensions"]["status"]) == ("step-up-required", 403)


async def test_a_workspace_changes_from_the_state_that_was_read(writer: Asker) -> None:
    made = await writer.ask('mutation { createWorkspace(input: {name: "One"}) { id } }')
    query = """mutation($id: ID!, $tag: String!) {
        renameWorkspace(workspaceId: $id, ifMatch: $tag, input: {name: "Two"}) { name } }"""
    place = made["createWorkspace"]["id"]

    stale = await writer.send(query=query, variables={"id": place, "tag": '"0"'})
    done = await writer.ask(query, id=place, tag='"1"')

    assert stale.json()["errors"][0]["extensions"]["code"] == "precondition-failed"
    assert done == {"renameWorkspace": {"name": "Two"}}


async def test_a_stale_if_match_is_refused(writer: Asker) -> None:
    query = """mutation($id: ID!) { updateStrategy(strategyId: $id, ifMatch: "\\"0\\"",
        input: {name: "Late"}) { id } }"""

    answer = await writer.send(query=query, variables={"id": writer.strategy_id})

    assert answer.json()["errors"][0]["extensions"]["code"] == "precondition-failed"


async def test_a_mutation_sent_twice_with_one_key_is_done_once(writer: Asker) -> None:
    variables = {"input": {"name": "Once"}, "key": "graphql-1"}

    first = await writer.ask(CREATE, **variables)
    again = await writer.ask(CREATE, **variables)
    other = await writer.send(
        query=CREATE, variables={"input": {"name": "Other"}, "key": "graphql-1"}
    )

    assert first == again
    assert other.json()["errors"][0]["extensions"]["status"] == 422


async def test_the_header_is_a_key_for_each_mutation_of_the_request(writer: Asker) -> None:
    query = """mutation { a: createStrategy(input: {name: "A"}) { id }
        b: createStrategy(input: {name: "A"}) { id } }"""
    headers = writer.caller.headers | {"Idempotency-Key": "graphql-2"}
    http = writer.caller.http

    answers = [
        (await http.post("/graphql", json={"query": query}, headers=headers)).json()["data"]
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert answers[0]["a"]["id"] != answers[0]["b"]["id"]


async def test_a_key_without_the_scope_changes_nothing(writer: Asker) -> None:
    program = await writer.caller.make_key("strategy:read")

    answer = await Asker(program, "").send(query=CREATE, variables={"input": {"name": "No"}})

    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "forbidden"
    assert error["extensions"]["required_scope"] == "strategy:write"


async def test_a_new_api_key_works_and_cannot_have_what_rest_refuses(writer: Asker) -> None:
    query = """mutation($scopes: [String!]) {
        createApiKey(input: {name: "made", scopes: $scopes}) { key } }"""

    refused = await writer.send(query=query, variables={"scopes": ["account:write"]})
    made = (await writer.ask(query, scopes=["strategy:read"]))["createApiKey"]
    program = Asker(Caller(writer.caller.http, {"X-API-Key": made["key"]}), "")

    assert refused.json()["errors"][0]["extensions"]["errors"][0]["code"] == "scope-not-allowed"
    assert (await program.ask("{ strategies { edges { node { id } } } }"))["strategies"]["edges"]


async def test_webhooks_and_workspaces(writer: Asker) -> None:
    hook = await writer.ask(
        """mutation { createWebhook(input: {url: "https://example.com/hook",
            eventTypes: ["backtest.finished"]}) { id secret } }"""
    )
    listed = await writer.ask("{ webhooks { edges { node { id url eventTypes } } } }")
    spaces = await writer.ask("{ workspaces { edges { node { name role } } } }")
    team = await writer.ask('mutation { createWorkspace(input: {name: "Desk"}) { name kind } }')

    node = listed["webhooks"]["edges"][0]["node"]
    assert node["id"] == hook["createWebhook"]["id"]
    assert node["eventTypes"] == ["backtest.finished"]
    assert spaces["workspaces"]["edges"][0]["node"]["role"] == "owner"
    assert team["createWorkspace"] == {"name": "Desk", "kind": "team"}


async def test_a_list_that_rest_gives_whole_is_paged_here(writer: Asker) -> None:
    query = """query($after: String) { plans(first: 2, after: $after) {
        edges { node { name } } pageInfo { hasNextPage endCursor } } }"""

    first = (await writer.ask(query))["plans"]
    second = (await writer.ask(query, after=first["pageInfo"]["endCursor"]))["plans"]

    names = [edge["node"]["name"] for page in (first, second) for edge in page["edges"]]
    assert names == ["free", "premium", "enterprise"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_mutation_takes_what_its_operation_costs(writer: Asker) -> None:
    async def left(query: str, **variables: object) -> int:
        answer = await writer.send(query=query, variables=variables)
        state = answer.headers["ratelimit"]
        return int(state.split('"minute";r=')[1].split(";")[0])

    before = await left("{ me { id } }")
    after = await left('mutation { validateSource(input: {source: "x"}) { valid } }')

    assert before - after >= 1 + 2  # the request, and what POST /strategies/validate costs


@pytest.fixture(scope="module")
async def operations(platform: Gateway, writer: Asker) -> dict[tuple[str, str], dict[str, object]]:
    """Return REST's operations by method and path."""
    document = (await writer.caller.http.get("/openapi.json")).json()
    return {
        (method.upper(), path.removeprefix(PUBLIC_PREFIX)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_field_stands_for_an_operation_and_wants_what_it_wants(
    operations: dict[tuple[str, str], dict[str, object]],
) -> None:
    for field in (*LISTINGS, *READINGS):
        assert ("GET", field.path) in operations, field.name
    for change in CHANGES:
        operation = operations[change.method, change.path]
        parameters = operation.get("parameters", [])
        assert isinstance(parameters, list)
        wants = any(parameter["name"].lower() == "if-match" for parameter in parameters)
        assert change.revisable == wants, change.name
        assert (change.takes is not None) == ("requestBody" in operation), change.name


def test_whatever_rest_changes_graphql_changes_unless_it_is_said_why_not(
    operations: dict[tuple[str, str], dict[str, object]],
) -> None:
    offered = {(change.method, change.path) for change in CHANGES}
    missing = [
        f"{method} {path}"
        for (method, path), operation in operations.items()
        if method != "GET" and not operation.get("deprecated") and not REST_ONLY.match(path)
        if (method, path) not in offered
    ]

    assert len(offered) > 30
    assert missing == []
