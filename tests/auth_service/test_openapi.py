"""What the service says of its public operations is complete, and its examples are true."""

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import SecretStr

from auth_service.app import create_app
from auth_service.settings import AuthSettings
from shared.http.access import ACCESS_KEY


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the service's OpenAPI document; nothing has to run for that."""
    settings = AuthSettings(
        database_url=SecretStr("postgresql://unused"),
        redis_url=SecretStr("redis://unused"),
        master_key=SecretStr("00" * 32),
        state_dir=tmp_path_factory.mktemp("openapi"),
    )
    found: dict[str, Any] = create_app(settings).openapi()
    return found


def public_operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the public operations by id."""
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
        if ACCESS_KEY in operation
    }


def bodies(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the JSON contents of an operation's request and good answers."""
    answers = [answer for code, answer in operation["responses"].items() if code < "300"]
    parts = [operation.get("requestBody", {}), *answers]
    contents = [part.get("content", {}).get("application/json") for part in parts]
    return [content for content in contents if content]


def shown(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Tell whether a schema, or what it lists, comes with an example."""
    if "anyOf" in schema:
        given = [part for part in schema["anyOf"] if part.get("type") != "null"]
        return all(shown(document, part) for part in given)
    if "$ref" not in schema:
        return "examples" in schema
    target = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    items = target.get("properties", {}).get("items", {}).get("items")
    return shown(document, items) if items else "examples" in target


def test_every_public_operation_is_described(document: dict[str, Any]) -> None:
    operations = public_operations(document)

    assert len(operations) >= 60
    for name, operation in operations.items():
        assert len(operation["description"]) > 10, name


def test_every_public_body_has_an_example(document: dict[str, Any]) -> None:
    bare = [
        name
        for name, operation in public_operations(document).items()
        for content in bodies(operation)
        if "example" not in content and not shown(document, content["schema"])
    ]

    assert bare == []


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    checked = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            Draft202012Validator(whole).validate(example)
            checked += 1
    assert checked >= 40
