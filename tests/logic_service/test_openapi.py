"""What the service says of its public operations is complete, and its examples are true."""

from typing import Any

from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

from shared.http.access import ACCESS_KEY


def public_operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the public operations by id."""
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
        if ACCESS_KEY in operation
    }


def bodies(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the JSON schemas of an operation's request and good answers."""
    answers = [answer for code, answer in operation["responses"].items() if code < "300"]
    parts = [operation.get("requestBody", {}), *answers]
    contents = [part.get("content", {}).get("application/json") for part in parts]
    return [content["schema"] for content in contents if content]


def test_every_public_operation_is_described_and_scoped(app: FastAPI) -> None:
    operations = public_operations(app.openapi())

    assert len(operations) == 14
    for name, operation in operations.items():
        assert len(operation["description"]) > 10, name
        assert operation[ACCESS_KEY]["scope"] is not None, name


def test_examples_fit_their_schemas(app: FastAPI) -> None:
    document = app.openapi()
    schemas = document["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        for example in schema.get("examples", []):
            whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            Draft202012Validator(whole).validate(example)
            checked += 1
    assert checked >= 5


def test_every_public_body_has_an_example(app: FastAPI) -> None:
    document = app.openapi()
    for name, operation in public_operations(document).items():
        for schema in bodies(operation):
            target = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            items = target.get("properties", {}).get("items", {}).get("items", {})
            if items:
                target = document["components"]["schemas"][items["$ref"].rpartition("/")[2]]
            properties = target["properties"].values()
            assert "examples" in target or all("examples" in part for part in properties), name
