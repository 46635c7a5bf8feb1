"""Whatever fails, and whenever: no coroutine is left that nobody has waited for."""

import asyncio
import gc
import warnings
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
)

from gateway.graphql.running import run_operation

DEPTH = 3


async def resolve_leaf(*_: Any) -> int:
    await asyncio.sleep(0)
    return 1


async def resolve_branches(*_: Any) -> list[object]:
    return [object(), object()]


def make_branch(depth: int) -> GraphQLObjectType:
    fields = {name: GraphQLField(GraphQLInt, resolve=resolve_leaf) for name in ("one", "two")}
    if depth:
        deeper = GraphQLList(make_branch(depth - 1))
        fields["asked"] = GraphQLField(deeper, resolve=resolve_branches)
        fields["known"] = GraphQLField(deeper, resolve=lambda *_: [object(), object()])
    return GraphQLObjectType(f"Branch{depth}", fields)


def make_schema(steps: int) -> GraphQLSchema:
    """Return a tree, beside which a field fails after so many turns of the loop."""

    async def fail(*_: Any) -> int:
        for _ in range(steps):
            await asyncio.sleep(0)
        raise ValueError("failed")

    tree = GraphQLField(GraphQLList(make_branch(DEPTH)), resolve=resolve_branches)
    failing = GraphQLField(GraphQLNonNull(GraphQLInt), resolve=fail)
    return GraphQLSchema(GraphQLObjectType("Query", {"tree": tree, "failing": failing}))


def make_query() -> str:
    selection = "one two"
    for _ in range(DEPTH):
        selection = f"one two asked {{ {selection} }} known {{ {selection} }}"
    return f"{{ tree {{ {selection} }} failing }}"


@pytest.mark.parametrize("steps", range(10))
async def test_nothing_is_left_unawaited(steps: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = await run_operation(make_schema(steps), parse(make_query()))
        gc.collect()

    assert result.data is None
    assert [error.message for error in result.errors or ()] == ["failed"]
    assert [str(warning.message) for warning in caught] == []


async def test_what_does_not_fail_is_answered() -> None:
    schema = make_schema(0)
    result = await run_operation(schema, parse("{ tree { one asked { two } known { one } } }"))

    branch = {"one": 1, "asked": [{"two": 1}] * 2, "known": [{"one": 1}] * 2}
    assert (result.data, result.errors) == ({"tree": [branch] * 2}, None)
