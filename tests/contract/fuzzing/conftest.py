"""A platform to be maltreated, and somebody who has signed in there."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.generous_installation import open_generous_installation
from tests.journeys.installation import Installation, Person


@pytest.fixture(scope="session")
async def fuzzed_installation() -> AsyncIterator[Installation]:
    """Return a running platform with hardly any limit."""
    async with open_generous_installation() as installation:
        yield installation


@pytest.fixture(scope="session")
async def document(fuzzed_installation: Installation) -> Any:
    """Return its OpenAPI document."""
    async with httpx2.AsyncClient() as http:
        return (await http.get(f"{fuzzed_installation.url}/openapi.json")).json()


@pytest.fixture(scope="session")
async def attacker(fuzzed_installation: Installation) -> Person:
    """Return somebody on the free plan. Signs in before strangers' guesses fill up the count."""
    person = fuzzed_installation.person("eve@example.com")
    await person.register()
    return person
