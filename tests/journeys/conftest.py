"""A platform for all journeys that leave it alone, and one for each that does not."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.installation import Installation, Person


@pytest.fixture(scope="session")
async def shared_installation() -> AsyncIterator[Installation]:
    """Return a running platform that every journey may use and none may break."""
    with tempfile.TemporaryDirectory(prefix="naru-journey-", ignore_cleanup_errors=True) as folder:
        installation = Installation(Path(folder) / "state")
        await installation.start()
        yield installation
        await installation.stop()


@pytest.fixture
async def own_installation() -> AsyncIterator[Installation]:
    """Return an installation that has not been started, for one test alone."""
    with tempfile.TemporaryDirectory(prefix="naru-journey-", ignore_cleanup_errors=True) as folder:
        installation = Installation(Path(folder) / "state")
        yield installation
        await installation.stop()


@pytest.fixture
async def person(shared_installation: Installation, request: pytest.FixtureRequest) -> Person:
    """Return somebody with an account of this test alone."""
    person = shared_installation.person(f"{abs(hash(request.node.nodeid))}@example.com")
    await person.register()
    return person
