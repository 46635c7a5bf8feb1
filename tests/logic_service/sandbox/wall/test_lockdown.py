"""What holds on this machine, and what happens where the wall cannot be built."""

import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.wall import kernel, lockdown


def test_required_layers_hold_here(host: SandboxHost) -> None:
    layers = host.layers()

    assert layers["seccomp"]
    assert layers["no_new_privileges"]
    assert layers["capabilities_dropped"]
    assert layers["root_dropped"]
    assert layers["undumpable"]


def test_an_unknown_machine_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "machine", lambda: "riscv64")

    with pytest.raises(lockdown.LockdownError):
        lockdown.lock_zygote()


def test_development_without_a_wall_must_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "machine", lambda: "riscv64")
    lock = lockdown.lock_zygote(unsafe_development=True)

    assert not lock.layers.is_complete
    assert not any(lock.layers.as_dict().values())
