"""Answers that leave on the beat, so that how long the work took cannot be heard."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def on_the_beat(beat_s: float) -> AsyncIterator[None]:
    """Leave the block at a whole number of beats after it was entered, errors too.

    What is found or not found inside shows in the time only if it takes more than a beat.
    """
    start = time.monotonic()
    try:
        yield
    finally:
        spent = time.monotonic() - start
        await asyncio.sleep(max(1, math.ceil(spent / beat_s)) * beat_s - spent)
