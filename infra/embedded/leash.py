"""Become a leashed program: ``python -I -S leash.py PARENT SIGNAL IDENTITY PROGRAM ARGUMENT...``

The program gets SIGNAL as soon as PARENT dies, even by kill -9, so that no orphan outlives the
launcher. It is a small process of its own because `preexec_fn` is neither safe in a process with
threads nor known to every event loop. Standard library only: it runs isolated, without the venv.

IDENTITY  ``same``, ``namespace:UID:GID`` (seen as UID inside a user namespace, the caller outside)
          or ``user:UID:GID`` (really change to UID)
PROGRAM   a path, or ``reach`` to exit 0 if this identity can enter or run all the ARGUMENTs
"""

import ctypes
import os
import sys

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15

CANNOT_BECOME = 71
CANNOT_REACH = 72
PARENT_GONE = 73
CANNOT_RUN = 74


def main(arguments: list[str]) -> int:
    """Change identity, tie this process to its parent, then turn into the program."""
    parent, signal_number, identity, program, *rest = arguments
    try:
        _become(identity)
        _die_with_parent(int(signal_number))
    except OSError as error:
        print(f"leash: cannot become {identity}: {error}", file=sys.stderr)  # noqa: T201
        return CANNOT_BECOME
    if os.getppid() != int(parent):  # it died before the signal was arranged
        return PARENT_GONE
    if program == "reach":
        return 0 if all(os.access(path, os.X_OK) for path in rest) else CANNOT_REACH
    os.umask(0o077)
    try:
        os.execv(program, [program, *rest])  # noqa: S606
    except OSError as error:
        print(f"leash: cannot run {program}: {error}", file=sys.stderr)  # noqa: T201
        return CANNOT_RUN


def _become(identity: str) -> None:
    kind, *ids = identity.split(":")
    if kind == "namespace":
        _enter_namespace(*ids)
    elif kind == "user":
        uid, gid = map(int, ids)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _enter_namespace(uid: str, gid: str) -> None:
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _checked(_libc().unshare(_CLONE_NEWUSER), "unshare")
    # Without `deny`, mapping a group would need CAP_SETGID outside (user_namespaces(7)).
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def follow_parent(signal_number: int, parent: int, name: str) -> None:
    """Tie a forked process to its parent and name it, as ``ps -o comm`` shows it (15 bytes)."""
    _die_with_parent(signal_number)
    if os.getppid() != parent:  # it died before the signal was arranged
        os._exit(PARENT_GONE)
    if sys.platform == "linux":
        _checked(_libc().prctl(_PR_SET_NAME, name.encode(), 0, 0, 0), "prctl")


def _die_with_parent(signal_number: int) -> None:
    # After `_become`: a change of credentials clears the setting (prctl(2)). Other systems have
    # no such call; there the next start stops what was left over.
    if sys.platform == "linux":
        _checked(_libc().prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, call: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{call}: {os.strerror(error)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
