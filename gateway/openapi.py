"""One OpenAPI 3.1 document for the whole public surface."""

from collections.abc import Mapping
from typing import Any

from gateway.aliases import ALIASES, Alias, alias_id
from gateway.examples import add_examples, complete_examples
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
    "409": "The present state does not allow this.",
    "414": "The address is too long.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
    "503": "A part of the platform does not answer just now; try again.",
}
_WITH_BODY = {
    "408": "The body did not arrive in time.",
    "413": "The body is too large.",
    "415": "The body is not of a type that is read here.",
}
_WITH_STATE = {
    "412": "The resource has changed since the state that `If-Match` names.",
    "428": "Send `If-Match` with the `ETag` that was read.",
}
_STATE_HEADER = "if-match"
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, the request counts once.",
    "schema": {"type": "string", "pattern": "^[ -~]{1,255}$"},
    "example": "7a6f0e52-6d7c-4c0c-9a39-0d1a2c3b4e5f",
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
                    public = _present(operation, method, service)
                    paths.setdefault(PUBLIC_PREFIX + path, {})[method] = public
        for alias in ALIASES:
            _add_alias(paths, alias)
        _add_schemas(schemas, document.get("components", {}).get("schemas", {}))
    schemas = {name: complete_examples(schema, schemas) for name, schema in schemas.items()}
    for methods in paths.values():
        for public in methods.values():
            _with_examples(public, schemas)
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


def _add_alias(paths: dict[str, Any], alias: Alias) -> None:
    """Describe another name of an operation, if there is such an operation."""
    method = alias.method.lower()
    canonical = paths.get(PUBLIC_PREFIX + alias.canonical, {}).get(method)
    if canonical is None:
        return
    other = {
        **canonical,
        "operationId": alias_id(canonical["operationId"]),
        "description": f"Another name of `{alias.method} {alias.canonical}`.",
        "deprecated": True,
    }
    paths.setdefault(PUBLIC_PREFIX + alias.path, {})[method] = other


def _present(operation: Mapping[str, Any], method: str, service: str) -> dict[str, Any]:
    """Return one operation with the edge's answers and the scope that it wants."""
    scope = operation[ACCESS_KEY].get("scope")  # FastAPI leaves null members out
    public = {name: value for name, value in operation.items() if name != ACCESS_KEY}
    public.setdefault("tags", [service])
    public["parameters"] = _parameters(
        operation, counts_once=method == "post" and scope is not None
    )
    has_state = any(_is_state(found) for found in public["parameters"])
    answers = (
        _EVERYWHERE
        | (_WITH_BODY if "requestBody" in operation else {})
        | (_WITH_STATE if has_state else {})
    )
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


def _parameters(operation: Mapping[str, Any], *, counts_once: bool) -> list[dict[str, Any]]:
    """Return the operation's parameters; the state to change is not optional (428)."""
    found = [
        {**parameter, "name": "If-Match", "required": True, "schema": {"type": "string"}}
        if _is_state(parameter)
        else dict(parameter)
        for parameter in operation.get("parameters", [])
    ]
    return [*found, _IDEMPOTENCY_KEY] if counts_once else found


def _is_state(parameter: Mapping[str, Any]) -> bool:
    return (str(parameter["in"]), str(parameter["name"]).lower()) == ("header", _STATE_HEADER)


def _with_examples(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Give every body of the operation an example."""
    if "requestBody" in operation:
        body = operation["requestBody"]
        content = add_examples(body.get("content", {}), schemas)
        operation["requestBody"] = {**body, "content": content}
    for status, answer in operation["responses"].items():
        if status < "400" and "content" in answer:
            content = add_examples(answer["content"], schemas)
            operation["responses"][status] = {**answer, "content": content}


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
