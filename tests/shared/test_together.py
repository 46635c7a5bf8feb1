"""Loops that run side by side end when they are told to, even those that did not listen."""

import asyncio
from contextlib import suppress

import pytest

from shared import together
from shared.together import run_together


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel again at once."""
    monkeypatch.setattr(together, "_CANCEL_AGAIN_S", 0.0)


async def _deaf_once(heard: list[str]) -> None:
    """Lose the first cancellation, as some libraries do while they connect."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    heard.append("lost")
    await asyncio.Event().wait()


async def _fail(when: asyncio.Event) -> None:
    await when.wait()
    raise LookupError("no such thing")


async def test_one_that_loses_its_cancellation_is_cancelled_again() -> None:
    heard: list[str] = []
    running = asyncio.create_task(run_together([_deaf_once(heard), asyncio.Event().wait()]))
    await asyncio.sleep(0)  # both begin to wait
    await asyncio.sleep(0)

    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    assert heard == ["lost"]


async def test_one_that_fails_ends_all_with_its_error() -> None:
    heard: list[str] = []
    failing = asyncio.Event()
    running = asyncio.create_task(run_together([_fail(failing), _deaf_once(heard)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    failing.set()

    with pytest.raises(LookupError, match="no such thing"):
        await running
    assert heard == ["lost"]


async def test_nothing_to_run_ends_at_once() -> None:
    await run_together([])
