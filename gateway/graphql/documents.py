"""Documents: parsed, bounded and validated, within 50 ms whatever 32 KiB hold.

Validation compares fields with each other and directives, variables and fragments with their uses:
its work grows faster than the document. So there are bounds on the whole document, also on what no
operation reaches, before validation begins; what was valid once is not validated again.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    parse,
    validate,
)

from gateway.graphql.limits import MAX_DEPTH, GraphQLLimitError
from shared.errors import BadRequestError

MAX_BYTES = 32 * 1024
_MAX_TOKENS = 1500
_MAX_DEFINITIONS = 50
_MAX_PAIRS = 2500
"""Of fields with the same name in answers, each of which validation may compare with the other."""

_MAX_ERRORS = 5
_KEPT = 256
_BOUNDS: Mapping[type[Node], tuple[str, int]] = {
    FieldNode: ("fields", 200),
    InlineFragmentNode: ("inline fragments", 50),
    FragmentSpreadNode: ("fragment spreads", 40),
    DirectiveNode: ("directives", 50),
    VariableDefinitionNode: ("variables", 50),
    ObjectFieldNode: ("input fields", 200),
}


class InvalidDocumentError(BadRequestError):
    """The document is no GraphQL of this schema."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.problems = errors


class Documents:
    """Reads documents, and remembers those that were good."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._valid: OrderedDict[str, DocumentNode] = OrderedDict()

    def parse(self, query: str) -> DocumentNode:
        """Return a document within bounds. Raises GraphQLLimitError, InvalidDocumentError."""
        known = self._valid.get(query)
        if known is not None:
            return known
        if len(query.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise GraphQLLimitError(f"a document may have {MAX_BYTES} bytes")
        try:
            document = parse(query, max_tokens=_MAX_TOKENS)
        except GraphQLError as error:
            raise InvalidDocumentError([error]) from error
        except RecursionError as error:
            raise GraphQLLimitError(f"fields may nest {MAX_DEPTH} levels") from error
        _check_bounds(document)
        return document

    def validate(self, query: str, document: DocumentNode) -> None:
        """Check a parsed document against the schema. Raises InvalidDocumentError."""
        if query in self._valid:
            self._valid.move_to_end(query)
            return
        errors = validate(self._schema, document, max_errors=_MAX_ERRORS)
        if errors:
            raise InvalidDocumentError(errors)
        self._valid[query] = document
        if len(self._valid) > _KEPT:
            self._valid.popitem(last=False)


def _check_bounds(document: DocumentNode) -> None:
    if len(document.definitions) > _MAX_DEFINITIONS:
        raise GraphQLLimitError(f"a document may have {_MAX_DEFINITIONS} definitions")
    seen: Counter[type[Node]] = Counter()
    names: Counter[str] = Counter()
    pairs = 0
    for node in _walk(document):
        kind = type(node)
        seen[kind] += 1
        name, most = _BOUNDS.get(kind, ("", 0))
        if name and seen[kind] > most:
            raise GraphQLLimitError(f"a document may have {most} {name}")
        if isinstance(node, FieldNode):
            response_name = (node.alias or node.name).value
            pairs += names[response_name]
            names[response_name] += 1
            if pairs > _MAX_PAIRS:
                raise GraphQLLimitError("the document repeats the same fields too often")


def _walk(document: DocumentNode) -> Iterator[Node]:
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        yield node
        for key in node.keys:
            value = getattr(node, key, None)
            if isinstance(value, Node):
                waiting.append(value)
            elif isinstance(value, (list, tuple)):
                waiting += [child for child in value if isinstance(child, Node)]
