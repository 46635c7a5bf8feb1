"""Start a program on a leash (see `leash`), as the right user."""

import asyncio
import os
import pwd
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.embedded.errors import NoUsableIdentityError

_LEASH = str(Path(__file__).with_name("leash.py"))
_NOBODY = 65534

# What an engine may see of the launcher's environment: nothing that could steer it (PGDATA, LC_*).
ENGINE_ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a program runs as: ``same``, inside a user ``namespace``, or really another ``user``."""

    kind: Literal["same", "namespace", "user"]
    uid: int = -1
    gid: int = -1

    def __str__(self) -> str:
        """Return the form that `leash` reads."""
        return self.kind if self.kind == "same" else f"{self.kind}:{self.uid}:{self.gid}"


SAME = Identity("same")


def nobody(kind: Literal["namespace", "user"]) -> Identity:
    """Return the identity of the user `nobody`, or of the number every Linux keeps for it."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Identity(kind, _NOBODY, _NOBODY)
    return Identity(kind, entry.pw_uid, entry.pw_gid)


async def choose_unprivileged() -> Identity:
    """Return the first identity that works here and that PostgreSQL accepts (never uid 0).

    A user namespace leaves the files with their owner, so it comes before a change of user. It
    also helps an ordinary user without a passwd entry (arbitrary uids in containers).
    Raises NoUsableIdentityError.
    """
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return SAME
    candidates = [nobody("namespace")]
    if os.geteuid() == 0:
        candidates.append(nobody("user"))
    for identity in candidates:
        if await can_reach(identity, ["/"]):
            return identity
    raise NoUsableIdentityError(
        "PostgreSQL does not run as root, and neither user namespaces nor a change to the user"
        " `nobody` are allowed here: start as an ordinary user, or set NARU_DATABASE_URL"
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


async def can_reach(identity: Identity, paths: Iterable[str | Path]) -> bool:
    """Tell whether a program with this identity could pass through, or run, all of these paths."""
    process = await asyncio.create_subprocess_exec(
        *leashed(["reach", *map(str, paths)], identity=identity),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    return await process.wait() == 0


async def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] = ENGINE_ENVIRONMENT,
    identity: Identity = SAME,
    death_signal: signal.Signals = signal.SIGKILL,
    directory: Path | None = None,
    pass_fds: Sequence[int] = (),
    stdin: int = DEVNULL,
) -> Process:
    """Start a program in a session of its own; both its outputs are appended to ``log``.

    ``death_signal`` reaches it when the *thread* that calls this ends (prctl(2)), so call from
    the thread that lives as long as the launcher: the main one.
    """
    # A file, not a pipe: a pipe fills up when the launcher is busy, and dies with it.
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return await asyncio.create_subprocess_exec(
            *leashed(command, identity=identity, death_signal=death_signal),
            stdin=stdin,
            stdout=output,
            stderr=output,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    finally:
        os.close(output)


def leashed(
    command: Sequence[str | Path],
    *,
    identity: Identity = SAME,
    death_signal: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """Return the command line that runs ``command`` on a leash held by this process."""
    leash = [sys.executable, "-I", "-S", _LEASH]
    bond = [str(os.getpid()), str(int(death_signal)), str(identity)]
    return [*leash, *bond, *map(str, command)]


def kill_group(leader: int, number: signal.Signals) -> bool:
    """Signal a process group; tell whether there was one."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return False
    return True
