"""Operations as the OpenAPI document describes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SCHEMAS = "#/components/schemas/"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Described:
    """An operation as the document describes it."""

    method: str
    path: str
    entry: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return the operation's id."""
        return str(self.entry["operationId"])

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return the parameters by name."""
        return {parameter["name"]: parameter for parameter in self.entry["parameters"]}

    @property
    def request(self) -> Mapping[str, Any] | None:
        """Return the JSON content that goes in."""
        content: Mapping[str, Any] | None
        content = self.entry.get("requestBody", {}).get("content", {}).get(_JSON)
        return content

    @property
    def answer(self) -> Mapping[str, Any] | None:
        """Return the JSON content that comes out when all is well."""
        for status, answer in self.entry["responses"].items():
            if status < "300" and _JSON in answer.get("content", {}):
                content: Mapping[str, Any] = answer["content"][_JSON]
                return content
        return None


def describe(document: Mapping[str, Any]) -> list[Described]:
    """Return all operations of a document."""
    return [
        Described(method.upper(), path, entry)
        for path, methods in document["paths"].items()
        for method, entry in methods.items()
    ]


def resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the object schemas that a schema stands for."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        for choice in choices:
            if choice.get("type") != "null":
                yield from resolve(document, choice)
    elif "$ref" in schema:
        yield from resolve(
            document, document["components"]["schemas"][schema["$ref"].removeprefix(SCHEMAS)]
        )
    else:
        yield schema
