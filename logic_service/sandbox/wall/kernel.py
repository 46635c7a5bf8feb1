"""The few kernel calls that Python's standard library does not offer, through ctypes.

libseccomp is not used: it is a system library that slim images lack, and the filter
is short enough to be written (and read) as it is.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys

_libc = ctypes.CDLL(None, use_errno=True)
_fork = ctypes.PyDLL(None).fork  # holds the interpreter's lock: in both processes it stays held
_map_memory = _libc.mmap  # its types are told once: children call it while somebody waits
_map_memory.restype = ctypes.c_void_p
_map_memory.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
]  # fmt: skip
_view_of_memory = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int
)(("PyMemoryView_FromMemory", ctypes.pythonapi))

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

_PROT_READ, _MAP_SHARED = 1, 1
_MAP_OVER_WITH_ZEROS = 0x02 | 0x10 | 0x20  # private, fixed, anonymous
_READ_ONLY_VIEW = 0x100  # PyBUF_READ
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_LARGEST_HOLE, _SMALLEST_HOLE = 64 << 10, 24
_EVERY_SIZE_BELOW, _SIZE_STEP = 2048, 16  # malloc keeps freed places of small sizes by size
_MAP_FAILED = ctypes.c_void_p(-1).value
_CAPABILITY_VERSION_3 = 0x20080522


def is_linux() -> bool:
    return sys.platform.startswith("linux")


def machine() -> str:
    """Name the architecture as the seccomp tables do: ``x86_64`` or ``aarch64``."""
    name = platform.machine().lower()
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)


def fork() -> int:
    """Fork a process that has a single thread. Raises OSError.

    ``os.fork`` makes the child's locks and thread objects anew and seeds ``random`` from the
    system, which copies a hundred pages for each child. One thread leaves nothing to repair, and
    a run has a seed of its own.
    """
    if not is_linux():
        return os.fork()
    pid: int = _fork()
    if pid < 0:
        raise OSError("fork: the system has no room for another process")
    return pid


def prctl(option: int, value: int = 0) -> None:
    """Call prctl(2) with one argument. Raises OSError."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl({option})")


def syscall(number: int, *arguments: int | ctypes.c_void_p | None) -> int:
    """Call a system call by number and return its result. Raises OSError."""
    words = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments
    ]
    return _check(_libc.syscall(ctypes.c_long(number), *words), f"syscall {number}")


def unshare(flags: int) -> None:
    """Leave the given namespaces. Raises OSError where the kernel or a container forbids it."""
    _check(_libc.unshare(flags), "unshare")


def drop_capabilities() -> None:
    """Empty the effective, permitted, inheritable and ambient sets. Raises OSError."""
    prctl_ambient = _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _check(prctl_ambient, "prctl(PR_CAP_AMBIENT)")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    empty = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, empty), "capset")


def held_capabilities() -> int:
    """Return the effective capability set as a bit mask. Raises OSError."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    _check(_libc.capget(header, sets), "capget")
    return int(sets[0]) | int(sets[3]) << 32


def map_read_only(descriptor: int, size: int) -> memoryview:
    """Map a file to be read. Raises OSError.

    The mmap module would duplicate the descriptor, which a locked process may not.
    """
    address = _mmap(None, size, _MAP_SHARED, descriptor)
    view: memoryview = _view_of_memory(address, size, _READ_ONLY_VIEW)
    return view


def blank(address: int, size: int) -> None:
    """Lay pages of zeros over whatever is mapped there. Raises OSError."""
    _mmap(address, size, _MAP_OVER_WITH_ZEROS, -1)


def _mmap(address: int | None, size: int, flags: int, descriptor: int) -> int:
    found: int | None = _map_memory(address, size, _PROT_READ, flags, descriptor, 0)
    if found is None or found == _MAP_FAILED:
        code = ctypes.get_errno()
        raise OSError(code, f"mmap: {os.strerror(code)}")
    return found


def keep_freed_memory() -> None:
    """Let malloc take everything from one heap and give nothing back; glibc only."""
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(_M_MMAP_MAX, 0)
        _libc.mallopt(_M_TRIM_THRESHOLD, 1 << 30)


class _HeapInfo(ctypes.Structure):
    """What mallinfo2 returns; ``keepcost`` is the size of what lies free at the heap's end."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
            "fordblks", "keepcost",
        )
    ]  # fmt: skip


def fill_heap() -> None:
    """Take all that is free amid malloc's heap and keep it; glibc only.

    What is allocated from now on lies behind everything that was, and touches none of its pages.
    """
    if not hasattr(_libc, "mallinfo2"):
        return
    _libc.mallinfo2.restype = _HeapInfo
    _libc.sbrk.restype = _libc.malloc.restype = ctypes.c_void_p
    size = _LARGEST_HOLE
    while size >= _SMALLEST_HOLE:
        end = (_libc.sbrk(ctypes.c_long(0)) or 0) - _libc.mallinfo2().keepcost
        place = _libc.malloc(ctypes.c_size_t(size))
        while place is not None and place < end:
            place = _libc.malloc(ctypes.c_size_t(size))
        _libc.free(ctypes.c_void_p(place))
        size = size * 7 // 8 if size > _EVERY_SIZE_BELOW else size - _SIZE_STEP


def _check(result: int, what: str) -> int:
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return int(result)
