"""An installation as in the journeys, with room for many calls a minute."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import pytest

from tests.journeys.installation import Installation

_ROOMY = {"requests_per_minute": "600_000", "request_burst": "100_000"}


@asynccontextmanager
async def open_generous_installation() -> AsyncIterator[Installation]:
    """Run a platform whose free plan, and whose anonymous callers, have hardly any limit."""
    with tempfile.TemporaryDirectory(prefix="naru-test-", ignore_cleanup_errors=True) as folder:
        plans = files("auth_service").joinpath("plans.toml").read_text()
        lines = [_widen(line) for line in plans.splitlines()]
        (Path(folder) / "plans.toml").write_text("\n".join(lines))
        installation = Installation(Path(folder) / "state")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AUTH_PLANS_FILE", str(Path(folder) / "plans.toml"))
            environment.setenv("GATEWAY_ANONYMOUS_PER_MINUTE", "600000")
            environment.setenv("GATEWAY_ANONYMOUS_BURST", "100000")
            await installation.start()
        yield installation
        await installation.stop()


def _widen(line: str) -> str:
    name = line.partition(" = ")[0]
    return f"{name} = {_ROOMY[name]}" if name in _ROOMY else line
