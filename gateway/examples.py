"""An example for every body of the public document, made of its schema's own examples."""

from collections.abc import Mapping
from typing import Any

_BY_FORMAT = {
    "date-time": "2026-11-20T09:30:00Z",
    "date": "2026-11-20",
    "decimal": "101.25",
    "email": "mina@example.com",
    "uri": "https://example.com/naru",
    "binary": "(the file)",
}
_BY_TYPE = {"boolean": True, "integer": 1, "number": 0.25, "string": "text", "null": None}
_DEEPEST = 8

Schema = Mapping[str, Any]


def add_examples(content: Mapping[str, Any], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Return the media types of a body, each with an example."""
    return {
        media_type: body
        if "example" in body or "examples" in body or not media_type.endswith("json")
        else {**body, "example": example_of(body.get("schema") or {}, schemas)}
        for media_type, body in content.items()
    }


def complete_examples(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """Return the schema, its examples with the nulls that FastAPI leaves out of documents."""
    if "examples" not in schema:
        return schema
    examples = [_with_nulls(example, schema, schemas) for example in schema["examples"]]
    return {**schema, "examples": examples}


def _with_nulls(value: Any, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    if "$ref" in schema:
        return _with_nulls(value, schemas.get(_name(schema), {}), schemas)
    if value is not None and _is_nullable(schema):
        other: Schema = next((part for part in schema["anyOf"] if part.get("type") != "null"), {})
        return _with_nulls(value, other, schemas)
    if isinstance(value, list):
        return [_with_nulls(item, schema.get("items", {}), schemas) for item in value]
    if not isinstance(value, dict):
        return value
    parts: Mapping[str, Schema] = schema.get("properties", {})
    absent = {
        name: None
        for name in schema.get("required", ())
        if name not in value and _is_nullable(parts.get(name, {}))
    }
    given = {
        name: _with_nulls(member, parts.get(name, {}), schemas) for name, member in value.items()
    }
    return given | absent


def _is_nullable(schema: Schema) -> bool:
    return any(part.get("type") == "null" for part in schema.get("anyOf", ()))


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def example_of(schema: Schema, schemas: Mapping[str, Schema], depth: int = 0) -> Any:
    """Return a value that fits the schema: its own example, or else one made of its parts."""
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if depth > _DEEPEST:
        return None
    if "$ref" in schema:
        return example_of(schemas.get(_name(schema), {}), schemas, depth + 1)
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return example_of(schema[choices][0], schemas, depth + 1)
    return _by_type(schema, schemas, depth)


def _by_type(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        members = schema.get("properties", {})
        return {name: example_of(part, schemas, depth + 1) for name, part in members.items()}
    if kind == "array":
        return [example_of(schema.get("items", {}), schemas, depth + 1)]
    if "format" in schema and schema["format"] in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if "minimum" in schema:
        return schema["minimum"]
    return _BY_TYPE.get(str(kind))
