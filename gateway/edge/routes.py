"""Which operations are public: read from the services' OpenAPI documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import parse_qsl

from gateway.aliases import Alias, alias_id
from shared.errors import FieldProblem, InvalidInputError, MethodNotAllowedError, NotFoundError
from shared.http.access import ACCESS_KEY

BodyKind = Literal["none", "json", "stream"]
ANY_SCOPE = "*"
"""For operations that look at scopes themselves: it is enough to have signed in."""

JSON_LIMIT = 1024 * 1024
"""Bytes of a JSON body where the route names no limit of its own."""

_MAX_QUERY_FIELDS = 100
_COSTLY_SCOPES = {"backtest:run", "trade:place"}
_CREATED = {"201", "202"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One public operation.

    path         template below the public prefix, such as ``/strategies/{strategy_id}``
    scope        what a credential must cover; None where signing in is not needed
    cost         tokens of the rate limit that one call takes
    body         ``json`` is read whole and checked, ``stream`` is passed on as it comes
    body_limit   bytes
    query        the query fields it reads, and whether each may be repeated
    cache_s      how long an answer may be kept, and ``cache_for`` whom it is the same for
    canonical    for another name of an operation: the template that its service knows
    creates      something is there afterwards that was not there before, or will be
    """

    id: str
    service: str
    method: str
    path: str
    scope: str | None
    cost: int
    body: BodyKind
    body_limit: int
    query: Mapping[str, bool]
    creates: bool = False
    canonical: str | None = None
    cache_s: int = 0
    cache_for: str = "workspace"

    @property
    def cache_control(self) -> str:
        """Say how long a client may believe an answer without asking again.

        What is everybody's changes so rarely that its age may be that of our own memory; what
        belongs to a workspace changes by that workspace's hand, which is to see it at once.
        """
        return f"max-age={self.cache_s}" if self.cache_for == "everybody" else "no-cache"

    def canonical_path(self, path: str) -> str:
        """Return where the service knows what is asked for at ``path``, with or without prefix."""
        if self.canonical is None:
            return path
        template = self.path.split("/")
        prefix, given = path.split("/")[: -len(template) + 1], path.split("/")[-len(template) + 1 :]
        values = iter(
            value for value, part in zip(given, template[1:], strict=True) if part.startswith("{")
        )
        parts = self.canonical.split("/")[1:]
        return "/".join(
            [*prefix, *(next(values) if part.startswith("{") else part for part in parts)]
        )

    @property
    def must_be_counted(self) -> bool:
        """Tell whether it is refused while calls cannot be counted over all gateways.

        Attempts to sign in, and what makes runs and orders. The rest fails open: going on with a
        session and ending one, which cost little, guess nothing and must work at any time.
        """
        if self.method == "GET":
            return False
        guesses = self.scope is None and self.cost > 1
        return guesses or (self.creates and self.scope in _COSTLY_SCOPES)

    def check_query(self, query: bytes) -> None:
        """Raise InvalidInputError for fields the operation does not read, or not twice."""
        if not query:
            return
        try:
            fields = parse_qsl(
                query.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MAX_QUERY_FIELDS,
            )
        except ValueError as error:
            raise InvalidInputError.at("/query", "query-malformed", str(error)) from error
        seen: set[str] = set()
        problems = []
        for name, value in fields:
            rule = self._broken_rule(name, value, seen)
            if rule is not None:
                problems.append(FieldProblem(f"/query/{name[:64]}", *rule))
            seen.add(name)
        if problems:
            raise InvalidInputError.of_fields(problems)

    def _broken_rule(self, name: str, value: str, seen: set[str]) -> tuple[str, str] | None:
        if name not in self.query:
            return "unknown-field", "this operation reads no such query field"
        if name in seen and not self.query[name]:
            return "repeated-field", "give this field once"
        if "\0" in value:
            return "nul-character", "text must not hold U+0000"
        return None


@dataclass(slots=True)
class _Node:
    """One path segment: what may follow, and which methods end here."""

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class RouteTable:
    """Finds the operation for a method and a path; a fixed segment wins over a variable one."""

    def __init__(self) -> None:
        self._root = _Node()
        self._operations: dict[str, Operation] = {}

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def add_document(self, service: str, document: Mapping[str, Any]) -> None:
        """Take up every operation that a service marks as public.

        Raises ValueError when two operations have the same id, or the same method and path.
        """
        for path, methods in document.get("paths", {}).items():
            for method, operation in methods.items():
                if isinstance(operation, dict) and ACCESS_KEY in operation:
                    self.add(_read_operation(service, method.upper(), path, operation))

    def add_alias(self, alias: Alias) -> None:
        """Offer an operation under another name too, if it exists and the name is free."""
        for operation in list(self._operations.values()):
            if (operation.method, operation.path) == (alias.method, alias.canonical):
                name = alias_id(operation.id)
                if name not in self._operations:
                    self.add(
                        replace(operation, id=name, path=alias.path, canonical=alias.canonical)
                    )

    def add(self, operation: Operation) -> None:
        """Take up one operation. Raises ValueError when its id or its place is taken."""
        if operation.id in self._operations:
            raise ValueError(f"two public operations are called {operation.id}")
        node = self._root
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(segment, _Node())
        if operation.method in node.operations:
            raise ValueError(f"two services offer {operation.method} {operation.path}")
        node.operations[operation.method] = operation
        self._operations[operation.id] = operation

    def find(self, method: str, path: str) -> Operation:
        """Return the operation; HEAD is answered as GET.

        Raises NotFoundError, or MethodNotAllowedError with the methods that there are.
        """
        node = next(_match(self._root, path.removeprefix("/").split("/"), 0), None)
        if node is None:
            raise NotFoundError("there is no such resource")
        wanted = "GET" if method == "HEAD" else method
        if wanted in node.operations:
            return node.operations[wanted]
        allowed = set(node.operations)
        raise MethodNotAllowedError(headers={"Allow": ", ".join(sorted(with_head(allowed)))})


def with_head(methods: set[str]) -> set[str]:
    """Return the methods with HEAD where there is GET, and OPTIONS."""
    return methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}


def _match(node: _Node, segments: list[str], at: int) -> Iterator[_Node]:
    """Yield the nodes that a path leads to, the most literal first."""
    if at == len(segments):
        if node.operations:
            yield node
        return
    fixed = node.fixed.get(segments[at])
    if fixed is not None:
        yield from _match(fixed, segments, at + 1)
    if node.variable is not None and segments[at]:
        yield from _match(node.variable, segments, at + 1)


def _read_operation(
    service: str, method: str, path: str, operation: Mapping[str, Any]
) -> Operation:
    access = operation[ACCESS_KEY]
    content = operation.get("requestBody", {}).get("content", {})
    body: BodyKind = "none"
    if content:
        body = "json" if set(content) == {"application/json"} else "stream"
    return Operation(
        id=operation["operationId"],
        service=service,
        method=method,
        path=path,
        scope=access.get("scope"),  # FastAPI leaves null members out of its document
        cost=access["cost"],
        body=body,
        body_limit=access["body_limit"] or JSON_LIMIT,
        query={
            field["name"]: _is_list(field.get("schema", {}))
            for field in operation.get("parameters", [])
            if field["in"] == "query"
        },
        cache_s=access.get("cache_s", 0),
        cache_for=access.get("cache_for", "workspace"),
        creates=method == "POST" and not _CREATED.isdisjoint(operation.get("responses", {})),
    )


def _is_list(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "array" or any(
        option.get("type") == "array" for option in schema.get("anyOf", [])
    )
