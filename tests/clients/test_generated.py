"""The generated part of the client agrees with what the platform offers today."""

import inspect
from typing import Any

import httpx2
import pytest
from naru_codegen.document import read_operations
from naru_codegen.package import find_outdated, generate

from naru_client import AsyncNaruClient, NaruClient
from naru_client.resource import AsyncResource, Resource
from tests.journeys.installation import Installation

RENEW = "python -m naru_codegen http://127.0.0.1:8000/openapi.json"


@pytest.fixture(scope="session")
async def document(generous_installation: Installation) -> Any:
    async with httpx2.AsyncClient() as http:
        return (await http.get(f"{generous_installation.url}/openapi.json")).json()


def test_generated_files_are_current(document: Any) -> None:
    assert find_outdated(document) == [], f"in clients/python run: {RENEW}"


def test_generating_twice_gives_the_same(document: Any) -> None:
    assert generate(document) == generate(document)


def methods(group: object) -> set[str]:
    found = inspect.getmembers(group, inspect.ismethod)
    return {name for name, _ in found if not name.startswith("_")}


def test_every_operation_has_a_method_in_both_clients(document: Any) -> None:
    wanted: dict[str, set[str]] = {}
    for operation in read_operations(document):
        wanted.setdefault(operation.group, set()).add(operation.name)

    with NaruClient() as client:
        other = AsyncNaruClient()
        for group, names in wanted.items():
            assert isinstance(getattr(client, group), Resource)
            assert isinstance(getattr(other, group), AsyncResource)
            assert names <= methods(getattr(client, group)), group
            assert names <= methods(getattr(other, group)), group


def test_two_operations_of_one_name_are_noticed(document: Any) -> None:
    paths = {
        "/api/v1/things": {"get": {"operationId": "list_things", "responses": {}}},
        "/api/v1/things/all": {"get": {"operationId": "list_thing", "responses": {}}},
    }
    with pytest.raises(ValueError, match="list"):
        generate({"paths": paths, "components": {"schemas": {}}})
