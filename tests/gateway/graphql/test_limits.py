"""Documents are measured before anything else is done with them, and quickly."""

import contextlib
import time

import pytest
from graphql import DocumentNode

from gateway.graphql.documents import MAX_BYTES, Documents
from gateway.graphql.limits import GraphQLLimitError, check_limits, find_operation
from gateway.graphql.schema import default_page_sizes, executable
from shared.errors import BadRequestError, PlatformError

WITH_TRADES = "{ edges { node { trades(first: 100) { edges { node { symbol } } } } } }"


def cost_of(query: str, **variables: object) -> int:
    documents = Documents(executable)
    document: DocumentNode = documents.parse(query)
    operation = find_operation(document, None)
    cost = check_limits(document, operation, variables, default_page_sizes())
    documents.validate(query, document)
    return cost


def test_leaves_are_free_and_connections_multiply() -> None:
    assert cost_of("{ me { id email } }") == 1
    assert cost_of("{ backtests(first: 3) { edges { node { id } } } }") == 1 + 3 * 2
    assert cost_of("{ backtests { edges { node { id } } } }") == 1 + 20 * 2


def test_a_page_size_in_a_variable_counts_and_a_missing_one_counts_most() -> None:
    query = "query($n: Int) { backtests(first: $n) { edges { node { id } } } }"

    assert cost_of(query, n=2) == 5
    assert cost_of(query) == 201


def test_fragments_count_wherever_they_are_spread() -> None:
    query = "{ a: me { ...f } b: me { ...f } } fragment f on Me { id }"

    assert cost_of(query) == 2


@pytest.mark.parametrize(
    "query",
    [
        f"{{ backtests(first: 100) {WITH_TRADES} }}",
        "{ me " + "{ a " * 11 + "}" * 11 + "}",
        "{ " + " ".join(f"a{n}: me {{ id }}" for n in range(16)) + " }",
        "{ " + "me { id } " * 500 + "}",
        "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }",
        "{ " + "me { id } " * 71 + "}",
        "{ me { " + "id " * 4000 + "} }",
        "{" * 2000,
        "#" * (MAX_BYTES + 1),
    ],
)
def test_too_much_is_refused(query: str) -> None:
    with pytest.raises((GraphQLLimitError, BadRequestError)):
        cost_of(query)


def test_two_operations_need_a_name() -> None:
    with pytest.raises(BadRequestError):
        cost_of("query a { me { id } } query b { me { id } }")


def doubling_fragments(count: int) -> str:
    """Return a chain in which every fragment spreads the next one twice."""
    links = " ".join(f"fragment f{n} on Me {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count))
    return f"{{ me {{ ...f0 }} }} {links} fragment f{count} on Me {{ id }}"


def fragments(count: int, body: str) -> str:
    """Return fragments that know the next and a distant one as ``%(next)d`` and ``%(far)d``."""
    return " ".join(
        f"fragment f{n} on Strategy {{ "
        + body % {"next": (n + 1) % count, "far": (n * 7) % count}
        + " }"
        for n in range(count)
    )


INPUTS = " ".join(f"a{n}: 1" for n in range(190))
NET = "currentVersion { strategy { id ...f%(next)d ...f%(far)d } }"


@pytest.mark.parametrize(
    "query",
    [
        doubling_fragments(60),
        "fragment f on Me { ...f } { me { ...f } }",
        "{ " + "a " * 16_000 + "}",
        "{ a" * 8_000,
        '{ a(b: "' + "x" * 32_000 + '") }',
        "{ a(b: " + "[" * 16_000 + " }",
        "query(" + "$a: Int " * 4_000 + ") { me { id } }",
        f"mutation {{ createStrategy(input: {{{INPUTS}}}) {{ id }} }}",
        "{ strategy(id: [" + "1 " * 1_400 + "]) { id } }",
        "{ me(" + "id: 1 " * 350 + ") { id } }",
        "{ " + "me { id email } " * 45 + "}",
        '{ strategy(id: "1") { ' + "currentVersion { strategy { id name } } " * 40 + "} }",
        "{ me { id } } " + fragments(18, NET),
        "{ me { " + "... on Me { id email name } " * 49 + "} }",
        "{ " + " ".join(f"strategie{n}" for n in range(199)) + " }",
        " ".join(f"query q{n} {{ me {{ id }} }}" for n in range(50)),
    ],
)
def test_no_document_takes_long(query: str) -> None:
    started = time.process_time()
    with contextlib.suppress(PlatformError):  # refused or not: here only the time counts
        cost_of(query)
    # Some 20 ms; without limits minutes. The bound is far from both: machines differ.
    assert time.process_time() - started < 5
