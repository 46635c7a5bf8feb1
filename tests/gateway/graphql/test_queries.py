"""GraphQL reads what REST reads, and refuses with the same codes."""

from tests.gateway.caller import API
from tests.gateway.graphql.conftest import SOURCE, Asker


async def test_me_is_who_asks(asker: Asker) -> None:
    me = (await asker.caller.call("GET", "/me")).json()

    data = await asker.ask("{ me { id email plan createdAt } }")

    assert data["me"] == {
        "id": me["id"],
        "email": me["email"],
        "plan": "free",
        "createdAt": me["created_at"],
    }


async def test_strategies_page_as_relay_connections(asker: Asker) -> None:
    query = """query($after: String) { strategies(first: 2, after: $after) {
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""

    first = (await asker.ask(query))["strategies"]
    second = (await asker.ask(query, after=first["pageInfo"]["endCursor"]))["strategies"]
    middle = (await asker.ask(query, after=first["edges"][0]["cursor"]))["strategies"]

    assert [edge["node"]["name"] for edge in first["edges"]] == ["Three", "Two"]
    assert first["pageInfo"]["hasNextPage"]
    assert [edge["node"]["name"] for edge in second["edges"]] == ["One"]
    assert not second["pageInfo"]["hasNextPage"]
    assert [edge["node"]["name"] for edge in middle["edges"]] == ["Two", "One"]


async def test_a_strategy_leads_to_its_version_and_source(asker: Asker) -> None:
    data = await asker.ask(
        """query($id: ID!) { strategy(id: $id) {
            currentVersion { number style source strategy { id } }
            versions { edges { node { number } } }
            backtests { edges { node { id } } } } }""",
        id=asker.strategy_id,
    )

    assert data["strategy"] == {
        "currentVersion": {
            "number": 1,
            "style": "event",
            "source": SOURCE,
            "strategy": {"id": asker.strategy_id},
        },
        "versions": {"edges": [{"node": {"number": 1}}]},
        "backtests": {"edges": []},
    }


async def test_any_id_is_a_node_and_an_unknown_one_is_null(asker: Asker) -> None:
    query = "query($id: ID!) { node(id: $id) { id ... on Strategy { name } } }"

    found = await asker.ask(query, id=asker.strategy_id)
    missing = await asker.ask(query, id="bt_" + "0" * 32)

    assert found["node"] == {"id": asker.strategy_id, "name": "One"}
    assert missing["node"] is None


async def test_a_failing_field_has_the_code_of_rest(asker: Asker) -> None:
    answer = await asker.send(query='{ strategy(id: "st_%s") { name } }' % ("0" * 32))

    assert answer.status_code == 200
    error = answer.json()["errors"][0]
    assert (error["path"], error["extensions"]["code"]) == (["strategy"], "strategy-not-found")


async def test_a_key_reads_only_what_its_scopes_cover(asker: Asker) -> None:
    program = Asker(await asker.caller.make_key("strategy:read"), asker.strategy_id)

    answer = await program.send(query="{ strategies { edges { node { name } } } me { id } }")

    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["forbidden"]


async def test_nobody_asks_anonymously(asker: Asker) -> None:
    answer = await asker.caller.http.post(
        "/graphql", json={"query": "{ __schema { types { name } } }"}
    )

    assert answer.status_code == 401


async def test_the_cost_is_told(asker: Asker) -> None:
    answer = await asker.send(query="{ strategies(first: 10) { edges { node { id } } } }")

    assert answer.json()["extensions"]["cost"] == 21  # the connection, and 10 x (edge + node)


async def test_the_schema_can_be_read(asker: Asker) -> None:
    data = await asker.ask(
        "{ __schema { types { name fields { name type { name ofType { name } } } } } }"
    )

    assert "Backtest" in {kind["name"] for kind in data["__schema"]["types"]}


async def test_what_is_no_request_is_a_problem(asker: Asker) -> None:
    http, headers = asker.caller.http, asker.caller.headers
    for body in ("null", "5", "[]", '[{"query": "{ me { id } }"}]', "{}", '{"query": 5}'):
        answer = await http.post(
            "/graphql",
            content=body,
            headers=headers | {"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await http.get("/graphql", headers=headers)).status_code == 405
    assert (await http.get(f"{API}/graphql", headers=headers)).status_code == 404
