"""What it takes to refuse, or to admit, the worst 32 KiB documents; against graphql-core alone.

Each family is grown until it fills 32 KiB or our bounds refuse it. Prints processor time for the
slowest families: parsing, bounds, measuring and validating with our bounds, and graphql-core's
parse and validate without any, on the largest document of the family below 16 KiB.

    python benchmarks/graphql_documents.py
"""

import time
from collections.abc import Callable

from graphql import GraphQLError, parse, validate

from gateway.graphql.documents import MAX_BYTES, Documents
from gateway.graphql.limits import check_limits, find_operation
from gateway.graphql.schema import default_page_sizes, executable
from shared.errors import PlatformError

GOAL_MS = 50
SIZES = (5, 10, 20, 40, 60, 100, 150, 200, 400, 1000)
ALONE_MOST_BYTES = 16 * 1024
PAGE_SIZES = default_page_sizes()

Family = Callable[[int], str]


def _fragments(count: int, body: Callable[[int], str], on: str = "Strategy") -> str:
    return " ".join(f"fragment f{n} on {on} {{ {body(n)} }}" for n in range(count))


def _chain(count: int) -> str:
    links = _fragments(count, lambda n: f"id ...f{n + 1} ...f{n + 1}")
    return f'{{ strategy(id: "1") {{ ...f0 }} }} {links} fragment f{count} on Strategy {{ id }}'


def _crowd(count: int) -> str:
    spreads = " ".join(f"...f{n}" for n in range(count))
    bodies = _fragments(count, lambda n: "id name description latestNumber")
    return f'{{ strategy(id: "1") {{ {spreads} }} }} {bodies}'


def _net(count: int) -> str:
    inner = _fragments(
        count,
        lambda n: (
            f"currentVersion {{ strategy {{ id ...f{(n + 1) % count} ...f{(n * 7) % count} }} }}"
        ),
    )
    return f"{{ me {{ id }} }} {inner}"


def _within(count: int) -> str:
    inner = "currentVersion { strategy { id name } } " * count
    return f'{{ strategy(id: "1") {{ {inner} }} }}'


def _inputs(count: int) -> str:
    fields = " ".join(f"a{n}: 1" for n in range(count))
    return f"mutation {{ createStrategy(input: {{{fields}}}) {{ id }} }}"


FAMILIES: dict[str, Family] = {
    "one field again and again": lambda n: f"{{ me {{ {'id ' * n} }} }}",
    "one object again and again": lambda n: f"{{ {'me { id email name } ' * n} }}",
    "two levels, repeated": _within,
    "aliases": lambda n: f"{{ me {{ {' '.join(f'a{i}: id' for i in range(n))} }} }}",
    "unknown fields": lambda n: f"{{ {' '.join(f'strategie{i}' for i in range(n))} }}",
    "unknown arguments": lambda n: f"{{ me({' '.join(f'a{i}: 1' for i in range(n))}) {{ id }} }}",
    "doubling fragments": _chain,
    "fragments side by side": _crowd,
    "a net of fragments": _net,
    "inline fragments": lambda n: f"{{ me {{ {'... on Me { id email name } ' * n} }} }}",
    "directives": lambda n: f"{{ me {{ id {'@include(if: true) ' * n} }} }}",
    "variables": lambda n: (
        f"query({' '.join(f'$v{i}: [[Int!]!]' for i in range(n))}) {{ me {{ id }} }}"
    ),
    "operations": lambda n: " ".join(f"query q{i} {{ me {{ id }} }}" for i in range(n)),
    "deep lists": lambda n: f"{{ strategy(id: {'[' * n}1{']' * n}) {{ id }} }}",
    "wide lists": lambda n: f"{{ strategy(id: [{'1 ' * n}]) {{ id }} }}",
    "input fields": _inputs,
    "a huge literal": lambda n: f'{{ strategy(id: "{"x" * 30 * n}") {{ id }} }}',
    "nesting": lambda n: "{ a" * n,
}


def time_ours(query: str) -> tuple[float, str]:
    """Return milliseconds, and what came of the document."""
    documents = Documents(executable)
    outcome = "admitted"
    started = time.process_time()
    try:
        document = documents.parse(query)
        check_limits(document, find_operation(document, None), {}, PAGE_SIZES)
        documents.validate(query, document)
    except PlatformError as error:
        outcome = str(error)[:48]
    return (time.process_time() - started) * 1000, outcome


def time_alone(query: str) -> float:
    """Return the milliseconds of graphql-core without bounds."""
    started = time.process_time()
    try:
        validate(executable, parse(query))
    except (GraphQLError, RecursionError):
        return (time.process_time() - started) * 1000
    return (time.process_time() - started) * 1000


def main() -> None:
    """Print the slowest document of every family."""
    time_ours("{ me { id } }")
    rows = []
    for name, family in FAMILIES.items():
        queries = [family(size)[:MAX_BYTES] for size in SIZES]
        worst_ms, outcome, query = max(
            ((*min(time_ours(query) for _ in range(3)), query) for query in queries),
            key=lambda row: row[0],
        )
        small = max((q for q in queries if len(q) <= ALONE_MOST_BYTES), key=len)
        rows.append((worst_ms, name, len(query), outcome, time_alone(small), len(small)))
    for worst_ms, name, size, outcome, alone_ms, small in sorted(rows, reverse=True):
        print(
            f"{worst_ms:6.1f} ms  {name:28} {size:6} bytes  {outcome:50}"
            f" graphql-core alone {alone_ms:8.1f} ms for {small} bytes"
        )
    print(f"goal: at most {GOAL_MS} ms for any document; the worst took {max(rows)[0]:.1f} ms")


if __name__ == "__main__":
    main()
