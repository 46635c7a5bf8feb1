"""One OpenAPI 3.1 document for the whole public surface."""

from collections.abc import Mapping
from typing import Any

from shared.http.access import ACCESS_KEY
from shared.http.app import PUBLIC_PREFIX
from shared.http.problems import MEDIA_TYPE

_METHODS = {"get", "post", "put", "patch", "delete"}
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_VALIDATION_SCHEMAS = {"HTTPValidationError", "ValidationError"}

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "A failure, as RFC 9457 spells it. Programs decide by `code`.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": ["string", "null"]},
        "code": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "line": {"type": "integer"},
                    "column": {"type": "integer"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "https://naru.dev/problems/not-found",
            "title": "Not found",
            "status": 404,
            "detail": "there is no such resource",
            "instance": f"{PUBLIC_PREFIX}/strategies/st_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
            "code": "not-found",
            "request_id": "0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
            "errors": [],
        }
    ],
}

_EVERYWHERE = {
    "400": "The request cannot be read.",
    "401": "The credential is missing or not good.",
    "403": "The credential does not cover this.",
    "404": "There is no such resource, or it belongs to somebody else.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
    "503": "A part of the platform does not answer just now; try again.",
}
_WITH_BODY = {
    "408": "The body did not arrive in time.",
    "413": "The body is too large.",
    "415": "The body is not of a type that is read here.",
}
_SECURITY_SCHEMES = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "`access_token` of `POST /auth/login`, or an API key.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "An API key: `sk_live_...`.",
    },
}
_DESCRIPTION = """\
Naru hosts trading strategies: upload, check, backtest and run them.

Sign in with `POST /auth/login`, or create an API key. Lists are paged by cursor, failures are RFC
9457 problems, money and prices are decimal strings, instants are UTC.
"""


def merge_documents(documents: Mapping[str, Mapping[str, Any]], version: str) -> dict[str, Any]:
    """Return the public document: marked operations only, under the public prefix.

    Raises ValueError when two services give different schemas the same name.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    for service in sorted(documents):
        document = documents[service]
        for path, methods in document.get("paths", {}).items():
            for method, operation in methods.items():
                if method in _METHODS and ACCESS_KEY in operation:
                    public = _present(operation, service)
                    paths.setdefault(PUBLIC_PREFIX + path, {})[method] = public
        _add_schemas(schemas, document.get("components", {}).get("schemas", {}))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Naru",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _reachable(paths, schemas),
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _present(operation: Mapping[str, Any], service: str) -> dict[str, Any]:
    """Return one operation with the edge's answers and the scope that it wants."""
    scope = operation[ACCESS_KEY].get("scope")  # FastAPI leaves null members out
    public = {name: value for name, value in operation.items() if name != ACCESS_KEY}
    public.setdefault("tags", [service])
    answers = _EVERYWHERE | (_WITH_BODY if "requestBody" in operation else {})
    if scope is None:
        answers = {status: text for status, text in answers.items() if status != "403"}
    responses = dict(operation.get("responses", {}))
    responses["422"] = _problem_response("Some of the input is not valid.")
    for status, text in answers.items():
        responses.setdefault(status, _problem_response(text))
    public["responses"] = dict(sorted(responses.items()))
    if scope is None:
        public["security"] = []
    else:
        public["security"] = [{"accessToken": [scope]}, {"apiKey": [scope]}]
    return public


def _problem_response(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}}


def _add_schemas(schemas: dict[str, Any], added: Mapping[str, Any]) -> None:
    for name, schema in added.items():
        if name in _VALIDATION_SCHEMAS:
            continue
        if schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two services describe {name} differently")


def _reachable(paths: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that public operations speak of; internal ones stay inside."""
    found: dict[str, Any] = {"Problem": _PROBLEM}
    waiting = [paths]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
    return dict(sorted(found.items()))
