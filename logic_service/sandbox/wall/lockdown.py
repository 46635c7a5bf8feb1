"""The order in which a process is locked, and what of it this machine can do.

``lock_zygote`` takes everything that children inherit; ``Lock.seal`` is a child's own first
step, before it even reads its job. no_new_privs and seccomp are required, the rest is taken
where the machine has it and reported.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass

from logic_service.sandbox.wall import clocks, kernel, landlock, seccomp

NOBODY = 65534
_PLACES_FOR_A_FOLDER = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - made anew, and only entered
_DESCRIPTORS = (seccomp.CHANNEL_FD + 2,) * 2  # below it: the channel, and room for the bars
_FORBIDDEN_RESOURCES = [
    getattr(resource, f"RLIMIT_{name}")
    for name in ("CORE", "FSIZE", "MEMLOCK", "MSGQUEUE", "RTPRIO")
    if hasattr(resource, f"RLIMIT_{name}")
]


@dataclass(frozen=True, slots=True)
class Layers:
    """Which layers of the wall hold here. ``landlock_abi`` is 0 without Landlock."""

    seccomp: bool
    no_new_privileges: bool
    capabilities_dropped: bool
    root_dropped: bool
    landlock_abi: int
    network_namespace: bool
    empty_root: bool
    undumpable: bool
    clocks_hidden: bool

    @property
    def is_complete(self) -> bool:
        """Say whether the required layers hold; without them no user code runs."""
        return self.seccomp and self.no_new_privileges

    def as_dict(self) -> dict[str, bool | int]:
        return asdict(self)


NO_LAYERS = Layers(False, False, False, False, 0, False, False, False, False)


class LockdownError(RuntimeError):
    """A required layer of the wall could not be built."""


class Lock:
    """A child's own part of the locking, prepared before forking."""

    def __init__(
        self, layers: Layers, syscalls: seccomp.SyscallFilter | None, baseline_bytes: int
    ) -> None:
        self.layers = layers
        self._syscalls = syscalls
        self._baseline_bytes = baseline_bytes
        self._most_cpu_s = _most(resource.RLIMIT_CPU)
        self._most_bytes = _most(resource.RLIMIT_AS)

    def seal(self) -> None:
        """Lock this process for ever: no process, no file, then the call filter.

        Raises OSError when the kernel refuses; the caller must not go on then.
        """
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, _DESCRIPTORS)
        if self._syscalls is not None:
            self._syscalls.apply()

    def limit(self, cpu_s: float, memory_bytes: int) -> None:
        """Set what the job may use, soft = hard, so that it can be neither raised nor handled.

        cpu_s         CPU seconds; the supervisor is finer, this is the second lock
        memory_bytes  address space beyond what the zygote had, bars included
        """
        cpu = min(int(cpu_s) + 2, self._most_cpu_s)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        if self._baseline_bytes:
            size = min(self._baseline_bytes + memory_bytes, self._most_bytes)
            resource.setrlimit(resource.RLIMIT_AS, (size, size))


def lock_zygote(machine: str | None = None, *, unsafe_development: bool = False) -> Lock:
    """Give up what no child needs, and assemble the system call filter.

    machine  the architecture, this one's by default; tests name one that has no filter
    Raises LockdownError when a required layer is missing. Only where this system has no system
    call filter at all does ``unsafe_development`` go on without: it never weakens a wall.
    """
    machine = machine or kernel.machine()
    if not kernel.is_linux() or not seccomp.is_supported(machine):
        if unsafe_development:
            return Lock(NO_LAYERS, None, 0)
        raise LockdownError(
            f"no system call filter for {machine} on this system. Use Linux on x86-64 or ARM; for "
            "code of your own alone there is --unsafe-development-sandbox"
        )
    baseline_bytes = _address_space_bytes()
    has_no_clocks = clocks.hide()
    was_root = os.geteuid() == 0
    has_namespaces = _leave_namespaces(was_root=was_root)
    has_empty_root = _enter_empty_root()
    if was_root:
        _become_nobody()
    with contextlib.suppress(OSError):  # nothing to drop, or a container that forbids the call
        kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    layers = Layers(
        seccomp=_can_filter(),
        no_new_privileges=True,
        capabilities_dropped=kernel.held_capabilities() == 0,
        root_dropped=os.geteuid() != 0,
        landlock_abi=landlock.restrict(),
        network_namespace=has_namespaces,
        empty_root=has_empty_root,
        undumpable=True,
        clocks_hidden=has_no_clocks,
    )
    if not layers.is_complete:
        raise LockdownError("the kernel does not let this process filter its system calls")
    return Lock(layers, seccomp.SyscallFilter(kernel.machine()), baseline_bytes)


def forbid_resources() -> None:
    """Take from this process, and from all that it forks, what none of them needs."""
    for kind in _FORBIDDEN_RESOURCES:
        resource.setrlimit(kind, (0, 0))


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies."""
    if kernel.is_linux():
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def _most(kind: int) -> int:
    """Return what a limit may be set to: this process may have one already."""
    hard = resource.getrlimit(kind)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def _address_space_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def _leave_namespaces(*, was_root: bool) -> bool:
    flags = kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    for extra in (0, kernel.CLONE_NEWUSER) if was_root else (kernel.CLONE_NEWUSER,):
        with contextlib.suppress(OSError):  # default containers forbid it: a bonus, not a wall
            kernel.unshare(flags | extra)
            return True
    return False


def _enter_empty_root() -> bool:
    """Make a folder that no longer exists the root, so that there is no path to name."""
    for place in _PLACES_FOR_A_FOLDER:
        folder = f"{place}/naru-empty-{os.urandom(8).hex()}"
        try:  # without tempfile, whose imports would be copied with every child
            os.mkdir(folder, 0o700)
        except OSError:
            continue
        try:
            os.chdir(folder)
        finally:
            os.rmdir(folder)
        try:
            os.chroot(".")
        except OSError:
            os.chdir("/")
            return False
        return True
    return False


def _become_nobody() -> None:
    with contextlib.suppress(OSError):
        os.setgroups([])
    try:
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        return  # a user namespace without such an id: reported as root_dropped = False


def _can_filter() -> bool:
    """Try the filter in a child of our own, which must die of a forbidden call."""
    probe = os.fork()
    if probe == 0:
        try:
            seccomp.SyscallFilter(kernel.machine()).apply()
        except OSError:
            os._exit(1)
        kernel.syscall(_GETSID[kernel.machine()], 0)
        os._exit(2)
    _, status = os.waitpid(probe, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS


_GETSID = {"x86_64": 124, "aarch64": 156}  # a harmless call that the filter does not know
