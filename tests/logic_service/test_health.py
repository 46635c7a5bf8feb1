"""The service says what its sandbox is made of."""

from logic_service.client import LogicClient
from tests.logic_service.caller import HOLD, Caller


async def test_health_names_the_walls_layers(caller: Caller, client: LogicClient) -> None:
    await client.validate_source(caller.person, HOLD)

    answer = await caller.call("GET", "/internal/health", principal=caller.service)

    assert answer.json()["parts"] == {"database": "ok", "objects": "ok"}
    said = answer.json()["facts"]["sandbox"]
    assert said.partition(":")[0] in {"full", "sound"}
    assert "seccomp" in said
