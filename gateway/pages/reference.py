"""``/docs``: the OpenAPI document as one page, made here, so that no script has to be fetched."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment

REFERENCE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_DEEPEST = 6
_BY_TYPE = {"string": "string", "integer": 0, "number": 0.0, "boolean": True}


def render_reference(document: Mapping[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    page = (files("gateway.pages") / "reference.html").read_text()
    schemas = document["components"]["schemas"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["other"])[0]
            groups.setdefault(tag, []).append(_describe(path, method, operation, schemas))
    template = Environment(autoescape=True, trim_blocks=True).from_string(page)
    return template.render(info=document["info"], groups=groups)


def _describe(
    path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    status, answer = _success(operation)
    security = operation.get("security", [])
    return {
        "id": operation["operationId"],
        "method": method,
        "path": path,
        "summary": operation.get("summary", operation["operationId"]),
        "description": operation.get("description", ""),
        "scope": ", ".join(next(iter(security[0].values()))) if security else None,
        "parameters": [
            {**field, "description": field.get("description", "")}
            for field in operation.get("parameters", [])
        ],
        "request": _example(operation.get("requestBody", {}), schemas),
        "status": status,
        "answer": _example(answer, schemas),
    }


def _success(operation: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            return status, answer
    return "", {}


def _example(holder: Mapping[str, Any], schemas: Mapping[str, Any]) -> str | None:
    content = holder.get("content", {}).get("application/json")
    if content is None:
        return None
    return json.dumps(_sample(content.get("schema", {}), schemas, 0), indent=2, ensure_ascii=False)


def _sample(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Any:
    """Return a value that fits a schema: its own example, or one put together from its parts."""
    reference = schema.get("$ref", "").removeprefix("#/components/schemas/")
    schema = schemas.get(reference, schema)
    given = _given_sample(schema)
    if given is not None:
        return given
    if depth >= _DEEPEST:
        return None
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return _sample(schema[name][0], schemas, depth + 1)
    if "properties" in schema:
        parts = schema["properties"].items()
        return {name: _sample(part, schemas, depth + 1) for name, part in parts}
    if schema.get("type") == "array":
        return [_sample(schema.get("items", {}), schemas, depth + 1)]
    return _BY_TYPE.get(str(schema.get("type")))


def _given_sample(schema: Mapping[str, Any]) -> Any:
    """Return the value that the schema names itself, if it does."""
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("default", "const", "example"):
        if name in schema:
            return schema[name]
    return None
