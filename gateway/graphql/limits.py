"""What a GraphQL document may cost: decided on its syntax, before anything is executed.

Each fragment is looked at once, however often it is spread, so that the work grows with the length
of the document and with nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from shared.errors import BadRequestError, InvalidInputError

MAX_DEPTH = 10
MAX_COST = 1000
MAX_ALIASES = 15
MAX_FIRST = 100
DEAR_FIELDS: Mapping[str, int] = {"source": 5, "trades": 10, "equity": 10}
"""What is read from the object store, one by one."""

_MAX_INTROSPECTION_DEPTH = 20
_MAX_INTROSPECTION_LISTS = 3
_INTROSPECTION_LISTS = {"fields", "interfaces", "possibleTypes", "inputFields"}
_HUGE = 10**12


class GraphQLLimitError(InvalidInputError):
    code, title = "graphql-limit", "The query asks for too much"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection comes to, fragments included.

    cost     objects that may have to be fetched
    depth    levels of fields
    lists    nested lists of the introspection, which grow exponentially
    """

    cost: int = 0
    depth: int = 0
    aliases: int = 0
    lists: int = 0
    introspects: bool = False

    def beside(self, other: "Measure") -> "Measure":
        """Return the measure of both selections together."""
        return Measure(
            min(_HUGE, self.cost + other.cost),
            max(self.depth, other.depth),
            min(_HUGE, self.aliases + other.aliases),
            max(self.lists, other.lists),
            self.introspects or other.introspects,
        )


def find_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Return the operation to run. Raises BadRequestError when that is not clear."""
    found = [
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        and (name is None or (node.name is not None and node.name.value == name))
    ]
    if len(found) != 1:
        raise BadRequestError("name exactly one operation of the document")
    return found[0]


def check_limits(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    page_sizes: Mapping[str, int],
) -> int:
    """Return the operation's cost. Raises GraphQLLimitError when it is over a limit.

    page_sizes   default of ``first`` of the fields that take one
    """
    measured = _Meter(document, variables, page_sizes).measure(operation.selection_set)
    depth = _MAX_INTROSPECTION_DEPTH if measured.introspects else MAX_DEPTH
    if measured.depth > depth:
        raise GraphQLLimitError(f"fields may nest {depth} levels")
    if measured.lists > _MAX_INTROSPECTION_LISTS:
        raise GraphQLLimitError("the introspection nests too many lists")
    if measured.aliases > MAX_ALIASES:
        raise GraphQLLimitError(f"an operation may have {MAX_ALIASES} aliases")
    if measured.cost > MAX_COST:
        raise GraphQLLimitError(
            f"the operation costs {measured.cost}, {MAX_COST} are allowed", cost=measured.cost
        )
    return measured.cost


class _Meter:
    def __init__(
        self, document: DocumentNode, variables: Mapping[str, Any], page_sizes: Mapping[str, int]
    ) -> None:
        self._variables = variables
        self._page_sizes = page_sizes
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}
        self._open: set[str] = set()

    def measure(self, selections: SelectionSetNode | None) -> Measure:
        total = Measure()
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                total = total.beside(self._field(node))
            elif isinstance(node, InlineFragmentNode):
                total = total.beside(self.measure(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                total = total.beside(self._fragment(node.name.value))
        return total

    def _field(self, node: FieldNode) -> Measure:
        inner = self.measure(node.selection_set)
        name = node.name.value
        own = DEAR_FIELDS.get(name, 1 if node.selection_set else 0)
        return Measure(
            cost=min(_HUGE, own + inner.cost * self._first(node)),
            depth=inner.depth + 1,
            aliases=min(_HUGE, inner.aliases + (1 if node.alias else 0)),
            lists=inner.lists + (1 if name in _INTROSPECTION_LISTS else 0),
            introspects=inner.introspects or name in {"__schema", "__type"},
        )

    def _first(self, node: FieldNode) -> int:
        """Return how many items a connection yields at most; 1 for other fields."""
        size = self._page_sizes.get(node.name.value)
        if size is None:
            return 1
        for argument in node.arguments or ():
            if argument.name.value != "first":
                continue
            value = argument.value
            if isinstance(value, IntValueNode):
                return max(1, int(value.value[:10]))
            if isinstance(value, VariableNode):
                given = self._variables.get(value.name.value, MAX_FIRST)
                return max(1, given) if isinstance(given, int) else MAX_FIRST
        return size

    def _fragment(self, name: str) -> Measure:
        known = self._measured.get(name)
        if known is not None:
            return known
        fragment = self._fragments.get(name)
        if fragment is None or name in self._open:  # validation will say so in its own words
            return Measure()
        self._open.add(name)
        measured = self.measure(fragment.selection_set)
        self._open.discard(name)
        self._measured[name] = measured
        return measured
