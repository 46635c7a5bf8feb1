"""One document for everything that is public, and nothing else."""

import pytest

from gateway.edge.routes import RouteTable
from gateway.openapi import merge_documents
from shared.errors import MethodNotAllowedError, NotFoundError
from shared.http.access import ACCESS_KEY
from tests.gateway.caller import Caller


def service(
    path: str, name: str, *, method: str = "get", schema: object = None
) -> dict[str, object]:
    """Return the document of a service with one public operation."""
    return {
        "paths": {
            path: {
                method: {
                    "operationId": name,
                    "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
                    ACCESS_KEY: {"scope": "strategy:read", "cost": 1, "body_limit": 0},
                }
            },
            "/internal/x": {"get": {"operationId": "hidden", "responses": {}}},
        },
        "components": {"schemas": {"Thing": {"type": "object"}, "Secret": {"type": "object"}}},
    }


async def test_the_document_holds_public_operations_only(anonymous: Caller) -> None:
    document = (await anonymous.http.get("/openapi.json")).json()

    assert document["openapi"] == "3.1.0"
    assert "/api/v1/things" in document["paths"]
    assert not [path for path in document["paths"] if "internal" in path]
    operation = document["paths"]["/api/v1/things"]["post"]
    assert operation["security"] == [
        {"accessToken": ["strategy:write"]},
        {"apiKey": ["strategy:write"]},
    ]
    assert {"400", "401", "403", "404", "413", "415", "422", "429", "503"} <= operation[
        "responses"
    ].keys()
    assert document["paths"]["/api/v1/caller"]["get"]["security"] == []


async def test_every_reference_leads_somewhere(anonymous: Caller) -> None:
    answer = await anonymous.http.get("/openapi.json")
    schemas = answer.json()["components"]["schemas"]

    for part in answer.text.split('"$ref":"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas


async def test_the_reference_page_needs_nothing_from_elsewhere(anonymous: Caller) -> None:
    answer = await anonymous.http.get("/docs")

    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert "/api/v1/things" in answer.text
    assert "strategy:write" in answer.text


async def test_metrics_count_requests_by_operation(anonymous: Caller) -> None:
    await anonymous.call("GET", "/caller")

    text = (await anonymous.http.get("/metrics")).text

    assert 'naru_requests_total{operation="get_caller",plan="anonymous",status="200"}' in text


def test_schemas_that_no_public_operation_speaks_of_stay_inside() -> None:
    reference = {"$ref": "#/components/schemas/Thing"}
    merged = merge_documents({"a": service("/a", "a", schema=reference)}, "1")

    assert merged["components"]["schemas"].keys() == {"Problem", "Thing"}


def test_every_body_has_an_example_that_its_schema_explains() -> None:
    thing = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "examples": ["Cross"]},
            "price": {"type": "string", "format": "decimal"},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "side": {"enum": ["long", "short"]},
            "again": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
        },
    }
    document = service("/a", "a", schema={"$ref": "#/components/schemas/Thing"})
    document["components"] = {"schemas": {"Thing": thing}}

    merged = merge_documents({"a": document}, "1")

    answer = merged["paths"]["/api/v1/a"]["get"]["responses"]["200"]["content"]
    example = answer["application/json"]["example"]
    assert example["name"] == "Cross"
    assert example["price"] == "101.25"
    assert example["at"] == "2026-11-20T09:30:00Z"
    assert example["side"] == "long"
    assert example["again"][0]["name"] == "Cross"


def test_examples_show_what_is_null() -> None:
    parent = {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}
    thing = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "parent": parent, "note": parent},
        "required": ["name", "parent"],
        "examples": [{"name": "inner", "parent": {"name": "outer"}}],
    }
    document = service("/a", "a", schema={"$ref": "#/components/schemas/Thing"})
    document["components"] = {"schemas": {"Thing": thing}}

    merged = merge_documents({"a": document}, "1")

    whole = {"name": "inner", "parent": {"name": "outer", "parent": None}}
    assert merged["components"]["schemas"]["Thing"]["examples"] == [whole]
    answer = merged["paths"]["/api/v1/a"]["get"]["responses"]["200"]["content"]
    assert answer["application/json"]["example"] == whole


def test_changes_declare_their_conflicts_and_the_state_they_want() -> None:
    document = service("/a", "a", method="patch")
    document["paths"]["/a"]["patch"]["parameters"] = [  # type: ignore[index]
        {"name": "if-match", "in": "header", "required": False, "schema": {}}
    ]

    merged = merge_documents({"a": document}, "1")

    operation = merged["paths"]["/api/v1/a"]["patch"]
    assert {"409", "412", "428"} <= operation["responses"].keys()
    assert operation["parameters"][0]["required"]


def test_posts_that_sign_in_may_be_sent_twice() -> None:
    merged = merge_documents({"a": service("/a", "a", method="post")}, "1")

    (key,) = merged["paths"]["/api/v1/a"]["post"]["parameters"]
    assert key["name"] == "Idempotency-Key"


def test_two_meanings_of_one_name_are_noticed() -> None:
    other = service("/b", "b")
    other["components"] = {"schemas": {"Thing": {"type": "string"}}}

    with pytest.raises(ValueError, match="Thing"):
        merge_documents({"a": service("/a", "a"), "b": other}, "1")


def test_two_operations_in_one_place_are_noticed() -> None:
    table = RouteTable()
    table.add_document("a", service("/x/{id}", "a"))

    with pytest.raises(ValueError, match="/x/"):
        table.add_document("b", service("/x/{other}", "b"))
    with pytest.raises(ValueError, match="called a"):
        table.add_document("b", service("/y", "a"))


def test_services_may_share_a_path_with_different_methods() -> None:
    table = RouteTable()
    table.add_document("a", service("/x/{id}", "read"))
    table.add_document("b", service("/x/{x_id}/start", "start", method="post"))
    table.add_document("b", service("/x/{x_id}", "change", method="patch"))

    assert table.find("GET", "/x/1").service == "a"
    assert table.find("PATCH", "/x/1").service == "b"
    assert table.find("POST", "/x/1/start").id == "start"
    with pytest.raises(MethodNotAllowedError):
        table.find("GET", "/x/1/start")
    with pytest.raises(NotFoundError):
        table.find("GET", "/x//start")
