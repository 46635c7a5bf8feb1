"""The supervisor with processes that misbehave on purpose."""

import asyncio
import itertools
import os
import select
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.embedded.errors import ProcessStartError
from infra.embedded.supervisor import ProcessSpec, ProcessStatus, Supervisor

_PATIENCE_S = 20
_OBEDIENT = "import signal; signal.pause()"
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"

States = asyncio.Queue[ProcessStatus]


@pytest.fixture
def states() -> States:
    return asyncio.Queue()


@pytest.fixture
async def supervisor(tmp_path: Path, states: States) -> AsyncIterator[Supervisor]:
    async with Supervisor(tmp_path / "logs", on_change=states.put_nowait) as running:
        yield running


def _python(code: str) -> list[str | Path]:
    return [sys.executable, "-I", "-S", "-c", code]


async def _next(states: States, state: str) -> ProcessStatus:
    async with asyncio.timeout(_PATIENCE_S):
        while (change := await states.get()).state != state:
            continue
    return change


async def test_dead_process_is_started_again(
    supervisor: Supervisor, states: States, tmp_path: Path
) -> None:
    prepared: list[int] = []

    async def prepare() -> None:
        prepared.append(len(prepared))

    await supervisor.start(ProcessSpec("worker", _python(_OBEDIENT), prepare=prepare))
    first = await _next(states, "running")
    os.kill(first.pid or 0, signal.SIGKILL)
    second = await _next(states, "running")

    assert (second.restart_count, prepared) == (1, [0, 1])
    assert second.pid not in (None, first.pid)
    assert supervisor.status() == [second]


async def test_process_that_keeps_dying_is_started_less_and_less_often(
    supervisor: Supervisor, states: States
) -> None:
    await supervisor.start(ProcessSpec("worker", _python("raise SystemExit(3)")))
    waits_s = []
    for _ in range(3):
        await _next(states, "waiting")
        began = asyncio.get_running_loop().time()
        await _next(states, "starting")
        waits_s.append(asyncio.get_running_loop().time() - began)

    assert all(wait >= limit for wait, limit in zip(waits_s, (0.09, 0.19, 0.39), strict=True))


async def test_failing_restart_is_tried_again(supervisor: Supervisor, states: States) -> None:
    starts = itertools.count()

    async def prepare() -> None:
        if next(starts) == 1:
            raise PermissionError("not now")

    await supervisor.start(ProcessSpec("worker", _python(_OBEDIENT), prepare=prepare))
    os.kill((await _next(states, "running")).pid or 0, signal.SIGKILL)

    assert (await _next(states, "running")).restart_count == 2


async def test_process_that_ends_before_it_is_ready_fails_with_its_last_words(
    supervisor: Supervisor,
) -> None:
    async def never(_: int) -> bool:
        return False

    code = "import sys; print('old'); sys.exit('the port is taken')"
    spec = ProcessSpec("worker", _python(code), ready=never)

    with pytest.raises(ProcessStartError, match=r"worker ended with 1:\n(.*\n)*the port is taken"):
        await supervisor.start(spec)
    assert supervisor.status() == []


async def test_process_that_is_never_ready_is_killed(
    supervisor: Supervisor, states: States
) -> None:
    asked: list[int] = []

    async def never(pid: int) -> bool:
        if not asked:
            asked.append(os.pidfd_open(pid))
        return False

    spec = ProcessSpec("worker", _python(_OBEDIENT), ready=never, start_timeout_s=0.2)
    with pytest.raises(ProcessStartError, match=r"worker not ready in 0\.2 s"):
        await supervisor.start(spec)

    assert select.select(asked, [], [], 0)[0] == asked  # a process handle is readable once it ended
    os.close(asked[0])


async def test_higher_layers_stop_first(tmp_path: Path) -> None:
    def speaking(name: str) -> list[str | Path]:
        return _python(
            "import signal, sys\n"
            f"def leave(*_):\n    open({str(tmp_path / 'order')!r}, 'a').write('{name} ')\n"
            "    sys.exit()\n"
            f"signal.signal(signal.SIGTERM, leave)\nopen({str(tmp_path / name)!r}, 'w')\n"
            "while True:\n    signal.pause()\n"
        )

    async with Supervisor(tmp_path / "logs") as supervisor:
        for name, layer in (("engine", 0), ("gateway", 2), ("worker", 1)):

            async def ready(_: int, name: str = name) -> bool:
                return (tmp_path / name).exists()

            await supervisor.start(ProcessSpec(name, speaking(name), layer=layer, ready=ready))

    assert (tmp_path / "order").read_text() == "gateway worker engine "


async def test_process_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "worker.log"
    code = (
        f"{_STUBBORN}\nimport os\nchild = os.fork()\n"
        "print('child', child, flush=True) if child else None\n"
        "while True:\n    signal.pause()\n"
    )

    async def ready(_: int) -> bool:
        return "child" in log.read_text()

    async with Supervisor(tmp_path / "logs") as supervisor:
        await supervisor.start(
            ProcessSpec("worker", _python(code), ready=ready, stop_timeout_s=0.1)
        )
        (status,) = supervisor.status()
        child = int(log.read_text().split()[-1])
        handles = [os.pidfd_open(pid) for pid in (status.pid or 0, child)]

    for handle in handles:
        assert select.select([handle], [], [], _PATIENCE_S)[0] == [handle]
        os.close(handle)


async def test_stop_while_a_process_waits_for_its_restart(
    supervisor: Supervisor, states: States
) -> None:
    await supervisor.start(ProcessSpec("worker", _python("raise SystemExit(3)")))
    await _next(states, "waiting")

    await supervisor.stop()

    assert (await _next(states, "stopped")).pid is None
    assert supervisor.status() == []


async def test_child_sees_only_the_environment_it_is_given(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    code = "import os; print(sorted(os.environ), flush=True); import signal; signal.pause()"
    log = tmp_path / "logs" / "worker.log"

    async def ready(_: int) -> bool:
        return log.read_text().endswith("\n")

    await supervisor.start(
        ProcessSpec("worker", _python(code), environment={"NARU_X": "1"}, ready=ready)
    )

    # The interpreter itself may add LC_CTYPE (PEP 538).
    assert set(eval(log.read_text())) - {"LC_CTYPE"} == {"NARU_X"}
