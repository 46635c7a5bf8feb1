"""A running platform whose limits do not slow tests down, and a server that misbehaves."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from naru_client import NaruClient
from tests.clients.misbehaving import MisbehavingServer
from tests.journeys.installation import Installation

PASSWORD = "correct horse battery staple 9"
EXAMPLE = Path(__file__).parents[2] / "examples" / "sma_cross.py"


@pytest.fixture(scope="session")
async def generous_installation() -> AsyncIterator[Installation]:
    """Return a running platform with room for many calls a minute."""
    with tempfile.TemporaryDirectory(prefix="naru-client-", ignore_cleanup_errors=True) as folder:
        plans = files("auth_service").joinpath("plans.toml").read_text()
        plans = plans.replace("requests_per_minute = 60\n", "requests_per_minute = 6_000\n")
        plans = plans.replace("request_burst = 20\n", "request_burst = 1_000\n")
        (Path(folder) / "plans.toml").write_text(plans)
        installation = Installation(Path(folder) / "state")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AUTH_PLANS_FILE", str(Path(folder) / "plans.toml"))
            environment.setenv("GATEWAY_ANONYMOUS_PER_MINUTE", "6000")
            environment.setenv("GATEWAY_ANONYMOUS_BURST", "1000")
            await installation.start()
        yield installation
        await installation.stop()


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
