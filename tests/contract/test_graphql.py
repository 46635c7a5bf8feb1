"""Every query and mutation of GraphQL, tried by people of every standing, as REST is."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from gateway.graphql.schema import executable
from tests.contract.graphql_table import NULL_FOR_STRANGERS, OWN_FIELDS, SPELLED_AGAIN
from tests.contract.rest_table import REST
from tests.contract.rules import ACTORS, STRANGERS, Actor, Case
from tests.contract.test_rest import Operation, read_operations
from tests.contract.world import MARKER, World
from tests.gateway.caller import Caller

_DEPTH = 3
_OK = 200


def fields_of(root: GraphQLObjectType | None) -> Mapping[str, GraphQLField]:
    return root.fields if root is not None else {}


QUERIES, MUTATIONS = fields_of(executable.query_type), fields_of(executable.mutation_type)
FIELDS = {**QUERIES, **MUTATIONS}


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> dict[str, Operation]:
    """Return the REST operations that fields stand for, by the fields' names."""
    known = read_operations(document)
    by_place = {(item.method, item.path): item for item in known.values()}
    spelled = {
        name: by_place[method, f"/api/v1{path}"] for name, (method, path) in SPELLED_AGAIN.items()
    }
    return spelled | {name: known[operation] for name, operation in OWN_FIELDS.items()}


def test_every_field_has_an_expectation() -> None:
    assert FIELDS.keys() == SPELLED_AGAIN.keys() | OWN_FIELDS.keys()
    print(f"{len(FIELDS)} of {len(FIELDS)} GraphQL fields as {len(ACTORS)} actors")


@pytest.mark.parametrize("name", sorted(FIELDS))
async def test_field_answers_everybody_as_the_operation_does(
    name: str, operations: dict[str, Operation], world: World
) -> None:
    operation = operations[name]
    case = REST[operation.id]
    ids = world.ids | (await world.make(case.destroys) if case.destroys else {})
    for actor in ACTORS:
        caller = world.actor(actor, operation.scope)
        variables = variables_of(FIELDS[name], operation, case, ids, world)
        answer = await ask(caller, name, variables)
        check(name, answer, actor, case, operation.scope)


def variables_of(
    field: GraphQLField, operation: Operation, case: Case, ids: Mapping[str, str], world: World
) -> dict[str, Any]:
    """Return the field's arguments: what REST has in its path, its query and its body."""
    of_path = {_camel(name): value for name, value in ids.items()}
    given: dict[str, Any] = of_path | {_camel(name): value for name, value in case.query.items()}
    body = case.text(world)
    given |= {"input": _camel_keys(body), "ifMatch": "*"} if body is not None else {}
    if operation.path.count("{") == 1:
        given["id"] = ids[operation.path.partition("{")[2].partition("}")[0]]
    return {name: given[name] for name in field.args if name in given}


async def ask(caller: Caller, name: str, variables: Mapping[str, Any]) -> httpx2.Response:
    """Ask for one field and all that it leads to within a few steps."""
    field = FIELDS[name]
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in variables)
    passed = ", ".join(f"{key}: ${key}" for key in variables)
    kind = "mutation" if name in MUTATIONS else "query"
    head = f"{kind}({declared})" if declared else kind
    call = f"{name}({passed})" if passed else name
    # What a change leads to may not be there yet; a query's things are.
    chosen = select(field.type, 0 if name in MUTATIONS else _DEPTH)
    body = {"query": f"{head} {{ {call}{chosen} }}", "variables": dict(variables)}
    return await caller.http.post("/graphql", json=body, headers=caller.headers)


def select(kind: GraphQLOutputType, depth: int) -> str:
    """Return a selection of everything that needs no argument, a few steps deep."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    chosen = ["__typename"]
    for name, field in fields_of(named if isinstance(named, GraphQLObjectType) else None).items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        leaf = is_leaf_type(get_named_type(field.type))
        if leaf or depth:
            chosen.append(name + ("" if leaf else select(field.type, depth - 1)))
    return " { " + " ".join(chosen) + " }"


def check(name: str, answer: httpx2.Response, actor: Actor, case: Case, scope: str | None) -> None:
    """Compare with what is declared for REST; strangers see nothing of the owner's."""
    # GraphQL is for those who have signed in, whatever they ask for.
    wanted = (401,) if actor == "anonymous" else case.statuses(actor, scope)
    if actor in STRANGERS and name in NULL_FOR_STRANGERS:
        assert answer.json() == {
            "data": {name: None},
            "extensions": answer.json()["extensions"],
        }
        return
    status = status_of(answer)
    if status == _OK:
        assert min(wanted) < httpx2.codes.BAD_REQUEST, f"{actor}: {answer.text}"
    else:
        assert status in wanted, f"{actor}: {answer.text}"
    if actor in STRANGERS:
        sent = (answer.request.content or b"").decode()
        assert MARKER not in answer.text or MARKER in sent, f"{actor} reads {answer.text}"


def status_of(answer: httpx2.Response) -> int:
    """Return the status that REST would have answered with."""
    document = answer.json()
    if "status" in document:  # refused as a whole, before anything was asked for
        return int(document["status"])
    errors = document.get("errors", [])
    statuses = {error["extensions"]["status"] for error in errors}
    assert len(statuses) <= 1, answer.text
    return int(statuses.pop()) if statuses else _OK


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _camel_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel(name): _camel_keys(item) for name, item in value.items()}
    return value
