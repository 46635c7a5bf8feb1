import gc
from collections.abc import Iterator
from typing import NoReturn

import pytest
import uvicorn
from starlette.applications import Starlette

from shared.http.serving import SettledServer, serve


@pytest.fixture
def collector() -> Iterator[None]:
    """Give back to the collector what a test has taken out of its sight."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
async def test_what_is_there_when_serving_begins_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()
    config = uvicorn.Config(Starlette(), port=0, log_config=None)
    config.load()
    server = SettledServer(config)
    server.lifespan = config.lifespan_class(config)

    await server.startup()
    try:
        assert server.started
        assert gc.get_freeze_count() > before + 10_000
    finally:
        await server.shutdown()


def test_a_process_that_cannot_begin_to_serve_says_so_in_its_exit_code() -> None:
    def fail(app: Starlette) -> NoReturn:
        raise RuntimeError("no database")

    with pytest.raises(SystemExit) as stopped:
        serve(Starlette(lifespan=fail), port=0, log_config=None)

    assert stopped.value.code == 3
