"""A running platform whose limits do not slow tests down, and a server that misbehaves."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from naru_client import NaruClient
from tests.clients.misbehaving import MisbehavingServer
from tests.generous_installation import open_generous_installation
from tests.journeys.installation import Installation

PASSWORD = "correct horse battery staple 9"
EXAMPLE = Path(__file__).parents[2] / "examples" / "sma_cross.py"


@pytest.fixture(scope="session")
async def generous_installation() -> AsyncIterator[Installation]:
    """Return a running platform with room for many calls a minute."""
    async with open_generous_installation() as installation:
        yield installation


@pytest.fixture
def email(request: pytest.FixtureRequest) -> str:
    """Return an address of this test alone."""
    return f"client-{abs(hash(request.node.nodeid))}@example.com"


@pytest.fixture
def client(generous_installation: Installation, email: str) -> Iterator[NaruClient]:
    """Return a client of somebody who has signed in."""
    with NaruClient(generous_installation.url) as client:
        client.auth.register_user(email=email, password=PASSWORD)
        client.login(email, PASSWORD)
        yield client


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    """Return a server that does as it is told."""
    with MisbehavingServer() as server:
        yield server
