"""What the OpenAPI document says keeps to the conventions that hold for every operation."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from shared.http.problems import MEDIA_TYPE
from tests.contract.described import SCHEMAS, Described, describe, resolve

_OPERATION_IDS = Path(__file__).parent / "operation_ids.txt"
_READ_WHOLE = {"receive_billing_event"}
"""Reads its body as the billing system has signed it."""


@pytest.fixture(scope="session")
def described(document: dict[str, Any]) -> list[Described]:
    """Return all public operations."""
    found = describe(document)
    assert len(found) > 100
    return found


def test_names_of_operations_never_change(described: list[Described]) -> None:
    said = sorted(f"{one.id} {one.method} {one.path}" for one in described)

    assert said == _OPERATION_IDS.read_text().splitlines(), (
        "add what is new to operation_ids.txt, sorted; never change or take out a line: "
        "clients call operations by these names"
    )


def test_every_operation_is_described(described: list[Described]) -> None:
    assert [one.id for one in described if len(one.entry["description"]) <= 10] == []


def test_updates_name_the_state_that_they_change(described: list[Described]) -> None:
    updates = [one for one in described if one.method in {"PUT", "PATCH"}]
    readable = {one.path for one in described if one.method == "GET"}

    assert len(updates) >= 9
    for one in updates:
        assert one.parameters["If-Match"]["required"], one.id
        assert {"412", "428"} <= one.entry["responses"].keys(), one.id
        assert one.path in readable, f"nobody can read the ETag that {one.id} wants"


def test_posts_of_whoever_has_signed_in_may_be_sent_twice(described: list[Described]) -> None:
    posts = [one for one in described if one.method == "POST" and one.entry["security"]]

    assert len(posts) >= 30
    assert [one.id for one in posts if "Idempotency-Key" not in one.parameters] == []


def test_lists_come_in_pages(document: dict[str, Any], described: list[Described]) -> None:
    lists = 0
    for one in described:
        for schema in resolve(document, (one.answer or {}).get("schema", {})):
            assert schema.get("type") != "array", f"{one.id} answers with a bare list"
            if one.method != "GET" or "items" not in schema.get("properties", {}):
                continue
            lists += 1
            assert {"items", "next_cursor"} <= set(schema["required"]), one.id
            assert "cursor" in one.parameters, one.id
            limit = one.parameters["limit"]["schema"]
            assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 200, 50), one.id
    assert lists >= 20


def test_unknown_fields_are_refused(document: dict[str, Any], described: list[Described]) -> None:
    bodies = 0
    for one in described:
        if one.request is None or one.id in _READ_WHOLE:
            continue
        for schema in resolve(document, one.request["schema"]):
            bodies += 1
            assert schema.get("additionalProperties") is False, one.id
    assert bodies >= 30


def test_every_body_has_an_example_that_fits(
    document: dict[str, Any], described: list[Described]
) -> None:
    checked = 0
    for one in described:
        for content in (one.request, one.answer):
            if content is not None:
                schema = {**content["schema"], "components": document["components"]}
                Draft202012Validator(schema).validate(content["example"])
                checked += 1
    assert checked >= 100


def test_examples_of_schemas_fit_them(document: dict[str, Any]) -> None:
    checked = 0
    for name, schema in document["components"]["schemas"].items():
        whole = {"$ref": f"{SCHEMAS}{name}", "components": document["components"]}
        for example in schema.get("examples", []):
            Draft202012Validator(whole).validate(example)
            checked += 1
    assert checked >= 50


def test_failures_are_problems(described: list[Described]) -> None:
    for one in described:
        for status, answer in one.entry["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == [MEDIA_TYPE], (one.id, status)
        assert {"400", "404", "422", "429", "503"} <= one.entry["responses"].keys(), one.id
        if one.entry["security"]:
            assert {"401", "403"} <= one.entry["responses"].keys(), one.id
