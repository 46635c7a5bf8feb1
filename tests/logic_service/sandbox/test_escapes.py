"""Attacks on the sandbox: with every layer on, with the wall alone, and as an ordinary user."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from logic_service.sandbox.doctor import level_of
from logic_service.sandbox.host import SandboxHost
from tests.sandbox_cases import unprivileged
from tests.sandbox_cases.attacks import (
    Attack,
    Surroundings,
    attack,
    failings,
    read_attacks,
    surroundings,
)

ATTACKS = read_attacks()
each_attack = pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case.id)


@pytest.fixture(scope="module")
def around() -> Iterator[Surroundings]:
    """Return what the attacks try to reach."""
    with surroundings() as built, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NARU_TEST_SECRET", "told to nobody")
        yield built


@pytest.fixture(scope="module")
def full_host(around: Surroundings) -> Iterator[SandboxHost]:
    """Return a sandbox with every layer on, started next to the secrets."""
    with SandboxHost() as host:
        yield host


@pytest.fixture(scope="module")
def wall_host(around: Surroundings) -> Iterator[SandboxHost]:
    """Return a sandbox without the policy: plain Python behind the wall."""
    with SandboxHost(is_policed=False) as host:
        yield host


@pytest.fixture(scope="module")
def ordinary_user() -> dict[str, Any]:
    """Return how all attacks ended for uid 65534 without capabilities and namespaces."""
    answer = subprocess.run(
        [sys.executable, "-m", unprivileged.__name__], capture_output=True, text=True, check=False
    )
    if answer.returncode == unprivileged.CANNOT:
        pytest.skip(f"root cannot become an ordinary user here: {answer.stderr.strip()}")
    assert answer.returncode == 0, answer.stderr
    result: dict[str, Any] = json.loads(answer.stdout)
    return result


def test_there_are_enough_attacks_of_every_kind() -> None:
    assert len(ATTACKS) >= 150
    assert len({case.id for case in ATTACKS}) == len(ATTACKS)
    assert len({case.category for case in ATTACKS}) >= 15


@each_attack
def test_with_every_layer_on(case: Attack, full_host: SandboxHost, around: Surroundings) -> None:
    execution = attack(full_host, case, around)

    assert failings(case, execution, is_policed=True) == []
    assert around.damage() == []


@each_attack
def test_with_the_wall_alone(case: Attack, wall_host: SandboxHost, around: Surroundings) -> None:
    execution = attack(wall_host, case, around)

    assert failings(case, execution, is_policed=False) == []
    assert around.damage() == []


@pytest.mark.timeout(900)  # whichever test is first waits for all attacks
def test_an_ordinary_user_has_no_namespaces(ordinary_user: dict[str, Any]) -> None:
    assert ordinary_user["uid"] != 0
    assert ordinary_user["capabilities"] == 0
    assert ordinary_user["layers"]["seccomp"]
    assert not ordinary_user["layers"]["network_namespace"]
    assert level_of(ordinary_user["layers"]) == "sound"


@pytest.mark.timeout(900)
@each_attack
def test_as_an_ordinary_user(case: Attack, ordinary_user: dict[str, Any]) -> None:
    assert ordinary_user["failings"][case.id] == []


@pytest.mark.parametrize(
    ("attack_id", "damage"),
    [
        ("files_environment/write-a-file", ["a file was written"]),
        ("files_environment/unlink", ["the secret file was changed"]),
        ("network/tcp-connect", ["a connection was made"]),
        ("network/unix-socket", ["a connection was made"]),
        ("processes/kill-a-neighbour", ["the victim was killed"]),
        ("processes/os-system", ["a file was written"]),
    ],
)
def test_without_a_sandbox_the_attacks_do_harm(attack_id: str, damage: list[str]) -> None:
    case = next(case for case in ATTACKS if case.id == attack_id)
    with surroundings() as around:
        source = around.place(case.source)
        answer = subprocess.run(
            [sys.executable, "-c", source], capture_output=True, text=True, check=False
        )
        ended = around.wait_for_victim() if "kill" in attack_id else None

        assert around.damage() == damage, (answer, ended)
