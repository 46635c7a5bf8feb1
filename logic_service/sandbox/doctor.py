"""Which layers of the wall hold on this machine, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import SandboxUnavailableError

_LAYERS: dict[str, tuple[bool, str]] = {
    "seccomp": (True, "system calls: memory and the channel, nothing else"),
    "no_new_privileges": (True, "no program can give rights back"),
    "capabilities_dropped": (False, "no right of root is left"),
    "root_dropped": (False, "the process is nobody's"),
    "landlock_abi": (False, "no path, port, signal or socket beyond the process"),
    "network_namespace": (False, "a network without interfaces"),
    "empty_root": (False, "a root folder that does not exist"),
    "undumpable": (False, "other processes of the user cannot look inside"),
    "clocks_hidden": (False, "no time of day, so that a run is the same on any day"),
    "addresses_hidden": (False, "no addresses in texts, so that a run is the same in any process"),
}


@dataclass(frozen=True, slots=True)
class LayerFinding:
    """One layer: whether it holds here, whether runs need it, what it does."""

    name: str
    holds: bool
    is_required: bool
    what: str


@dataclass(frozen=True, slots=True)
class SandboxFindings:
    """What the sandbox is worth here.

    level    "full": every layer; "sound": all that runs need; "none": no user code runs
    problem  why there is no sandbox, when there is none
    """

    level: str
    layers: tuple[LayerFinding, ...]
    problem: str | None = None


def level_of(held: Mapping[str, bool | int]) -> str:
    """Return what the layers add up to: ``full``, ``sound`` or ``none``."""
    if not all(held.get(name) for name, (is_required, _) in _LAYERS.items() if is_required):
        return "none"
    return "full" if all(held.get(name) for name in _LAYERS) else "sound"


def doctor(*, unsafe_development: bool = False) -> SandboxFindings:
    """Start a sandbox, ask it which layers hold, and end it."""
    try:
        with SandboxHost(standby=0, unsafe_development=unsafe_development) as host:
            held = dict(host.layers())
    except SandboxUnavailableError as error:
        return SandboxFindings("none", (), str(error))
    layers = tuple(
        LayerFinding(name, bool(held.get(name)), is_required, what)
        for name, (is_required, what) in _LAYERS.items()
    )
    level = level_of(held)
    problem = "development without a wall: never in service" if level == "none" else None
    return SandboxFindings(level, layers, problem)
