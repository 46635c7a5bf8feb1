"""``/docs``: the OpenAPI document as one page, made here, so that no script has to be fetched."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

REFERENCE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_CODE = re.compile(r"`([^`]+)`")


def render_reference(document: Mapping[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    page = (files("gateway.pages") / "reference.html").read_text()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["other"])[0]
            groups.setdefault(tag, []).append(_describe(path, method, operation))
    environment = Environment(autoescape=True, trim_blocks=True)
    environment.filters["marked"] = _marked
    return environment.from_string(page).render(info=document["info"], groups=groups)


def _describe(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
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
        "request": _example(operation.get("requestBody", {})),
        "status": status,
        "answer": _example(answer),
    }


def _success(operation: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            return status, answer
    return "", {}


def _example(holder: Mapping[str, Any]) -> str | None:
    """Return the example that the document has for a body; ``gateway.examples`` adds them."""
    example = holder.get("content", {}).get("application/json", {}).get("example")
    return None if example is None else json.dumps(example, indent=2, ensure_ascii=False)


def _marked(text: str) -> Markup:
    """Show what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
