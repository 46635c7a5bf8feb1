"""Run all attacks as an ordinary user in an ordinary container, and print how each ended.

``python -m tests.sandbox_cases.unprivileged`` gives up root, every capability and the right to
make namespaces, as a default container does; then it starts a sandbox with the policy off. As
root it first makes the interpreter reachable for others, in a mount namespace of its own.
Exit status 77: this machine does not let root do that.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.wall import kernel, seccomp
from tests.sandbox_cases.attacks import attack, failings, read_attacks, surroundings

CANNOT = 77
NOBODY = 65534
_NEW_MOUNTS = 0x00020000
_UNSHARE = {"x86_64": 272, "aarch64": 97}


def main() -> None:
    if os.geteuid() == 0:
        try:
            kernel.unshare(_NEW_MOUNTS)
            _mount("--make-rprivate", "/")
            _open_the_ways()
        except (OSError, subprocess.CalledProcessError) as error:
            print(error, file=sys.stderr)
            sys.exit(CANNOT)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    _refuse_namespaces()
    os.environ["NARU_TEST_SECRET"] = "told to nobody"
    with surroundings() as around, SandboxHost(is_policed=False) as host:
        result: dict[str, object] = {
            "uid": os.geteuid(),
            "capabilities": kernel.held_capabilities(),
            "layers": dict(host.layers()),
        }
        result["failings"] = {
            case.id: failings(case, attack(host, case, around), is_policed=False) + around.damage()
            for case in read_attacks()
        }
    print(json.dumps(result))


def _open_the_ways() -> None:
    """Hide folders that others may not enter behind ones that hold nothing but what is needed."""
    needed = {Path(place).resolve() for place in (sys.base_prefix, sys.prefix, Path.cwd())}
    closed = {
        folder: sorted(place for place in needed if folder in place.parents)
        for folder in {parent for place in needed for parent in place.parents}
        if folder.stat().st_mode & 0o005 != 0o005
    }
    for folder, places in sorted(closed.items()):
        asides = [tempfile.mkdtemp() for _ in places]
        for place, aside in zip(places, asides, strict=True):
            _mount("--bind", str(place), aside)
        _mount("-t", "tmpfs", "-o", "mode=755", "empty", str(folder))
        for place, aside in zip(places, asides, strict=True):
            place.mkdir(parents=True, exist_ok=True)
            _mount("--move", aside, str(place))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _refuse_namespaces() -> None:
    """Answer unshare with EPERM, as the filter of a default container does."""
    load, equal, answer = 0x20, 0x15, 0x06
    code = b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (load, 0, 0, 0),
            (equal, 0, 1, _UNSHARE[kernel.machine()]),
            (answer, 0, 0, 0x00050001),
            (answer, 0, 0, 0x7FFF0000),
        )
    )
    buffer = ctypes.create_string_buffer(code, len(code))
    program = seccomp._Program(len(code) // 8, ctypes.addressof(buffer))
    number = seccomp._SECCOMP_SYSCALL[kernel.machine()]
    kernel.syscall(number, 1, 0, ctypes.c_void_p(ctypes.addressof(program)))


if __name__ == "__main__":
    main()
