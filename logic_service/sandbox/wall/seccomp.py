"""The system calls a locked child may make: a seccomp-bpf allow-list, assembled here.

Three answers: allowed calls run; calls that the interpreter makes out of habit (opening
a file for a traceback, asking for its pid) fail with EPERM, so that a script which tries
them ends in an exception with a line; every other call kills the process.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from logic_service.sandbox.wall import kernel

CHANNEL_FD = 3

_ARCHITECTURES: Mapping[str, tuple[int, int]] = {  # AUDIT_ARCH_*, column below
    "x86_64": (0xC000003E, 0),
    "aarch64": (0xC00000B7, 1),
}
_NONE = -1  # the architecture has no such call

_ALLOWED: Mapping[str, tuple[int, int]] = {
    "brk": (12, 214),
    "close": (3, 57),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "madvise": (28, 233),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "restart_syscall": (219, 128),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
}
_READ = (0, 63)
_WRITE = (1, 64)
_MMAP = (9, 222)
_MPROTECT = (10, 226)
_PRLIMIT = (302, 261)
_RECVMSG = (47, 212)

_REFUSED: Mapping[str, tuple[int, int]] = {
    "access": (21, _NONE),
    "chdir": (80, 49),
    "chmod": (90, _NONE),
    "chown": (92, _NONE),
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "dup": (32, 23),
    "dup2": (33, _NONE),
    "dup3": (292, 24),
    "epoll_create1": (291, 20),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchownat": (260, 54),
    "fcntl": (72, 25),
    "flock": (73, 32),
    "fstat": (5, 80),
    "ftruncate": (77, 46),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getgroups": (115, 158),
    "getpgid": (121, 155),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getpriority": (140, 141),
    "getrandom": (318, 278),
    "getresgid": (120, 150),
    "getresuid": (118, 148),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "getuid": (102, 174),
    "ioctl": (16, 29),
    "link": (86, _NONE),
    "linkat": (265, 37),
    "lseek": (8, 62),
    "lstat": (6, _NONE),
    "memfd_create": (319, 279),
    "mkdir": (83, _NONE),
    "mkdirat": (258, 34),
    "mknod": (133, _NONE),
    "mknodat": (259, 33),
    "msync": (26, 227),
    "nanosleep": (35, 101),
    "newfstatat": (262, 79),
    "open": (2, _NONE),
    "openat": (257, 56),
    "openat2": (437, 437),
    "pipe": (22, _NONE),
    "pipe2": (293, 59),
    "poll": (7, _NONE),
    "ppoll": (271, 73),
    "pread64": (17, 67),
    "pselect6": (270, 72),
    "pwrite64": (18, 68),
    "readlink": (89, _NONE),
    "readlinkat": (267, 78),
    "readv": (19, 65),
    "rename": (82, _NONE),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "rmdir": (84, _NONE),
    "rt_sigaction": (13, 134),
    "sched_getaffinity": (204, 123),
    "select": (23, _NONE),
    "setpriority": (141, 140),
    "sigaltstack": (131, 132),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "stat": (4, _NONE),
    "statfs": (137, 43),
    "statx": (332, 291),
    "symlink": (88, _NONE),
    "symlinkat": (266, 36),
    "sysinfo": (99, 179),
    "tgkill": (234, 131),
    "time": (201, _NONE),
    "truncate": (76, 45),
    "umask": (95, 166),
    "uname": (63, 160),
    "unlink": (87, _NONE),
    "unlinkat": (263, 35),
    "utimensat": (280, 88),
    "writev": (20, 66),
}

_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_RET_ALLOW, _RET_EPERM, _RET_KILL_PROCESS = 0x7FFF0000, 0x00050001, 0x80000000
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X32_BIT = 0x40000000
_PROT_READ, _PROT_EXEC, _MAP_ANONYMOUS = 0x1, 0x4, 0x20
_SECCOMP_SYSCALL = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER = 1
_ONE_BY_ONE = 4


@dataclass(frozen=True, slots=True)
class _Test:
    """One instruction; the targets are labels, resolved when the length is known."""

    code: int
    value: int
    if_true: str = ""
    if_false: str = ""


def is_supported(machine: str) -> bool:
    return machine in _ARCHITECTURES


def assemble(machine: str) -> bytes:
    """Return the filter for an architecture as an array of ``struct sock_filter``.

    Raises KeyError for an architecture without a table.
    """
    audit, column = _ARCHITECTURES[machine]
    program: list[_Test | str] = [
        _Test(_LOAD_WORD, _AT_ARCHITECTURE),
        _Test(_JUMP_EQUAL, audit, "", "kill"),
        _Test(_LOAD_WORD, _AT_NUMBER),
        _Test(_JUMP_AT_LEAST, _X32_BIT, "kill", ""),
        *_search(_answers(column)),
        "kill",
        _Test(_RETURN, _RET_KILL_PROCESS),
        "channel",  # reading and writing only the one descriptor that is the channel
        _Test(_LOAD_WORD, _AT_ARGUMENTS),
        _Test(_JUMP_EQUAL, CHANNEL_FD, "allow", "refuse"),
        "prlimit",  # of this process only, where limits can be lowered but not raised
        _Test(_LOAD_WORD, _AT_ARGUMENTS),
        _Test(_JUMP_EQUAL, 0, "allow", "kill-late"),
        "mmap",  # memory without code, or a file to read: the only one there ever is holds the bars
        _Test(_LOAD_WORD, _AT_ARGUMENTS + 3 * 8),
        _Test(_JUMP_ANY_BIT, _MAP_ANONYMOUS, "mprotect", ""),
        _Test(_LOAD_WORD, _AT_ARGUMENTS + 2 * 8),
        _Test(_JUMP_EQUAL, _PROT_READ, "allow", "kill-late"),
        "mprotect",
        _Test(_LOAD_WORD, _AT_ARGUMENTS + 2 * 8),
        _Test(_JUMP_ANY_BIT, _PROT_EXEC, "kill-late", "allow"),
        "kill-late",
        _Test(_RETURN, _RET_KILL_PROCESS),
        "refuse",
        _Test(_RETURN, _RET_EPERM),
        "allow",
        _Test(_RETURN, _RET_ALLOW),
    ]
    return _encode(program)


def _answers(column: int) -> list[tuple[int, str]]:
    """Return the calls that do not kill by number, with the place where each is answered."""
    answers = {call[column]: "channel" for call in (_READ, _WRITE, _RECVMSG)}
    answers |= {_PRLIMIT[column]: "prlimit", _MMAP[column]: "mmap", _MPROTECT[column]: "mprotect"}
    for table, answer in ((_ALLOWED, "allow"), (_REFUSED, "refuse")):
        answers |= {call[column]: answer for call in table.values() if call[column] != _NONE}
    return sorted(answers.items())


def _search(answers: list[tuple[int, str]]) -> list[_Test | str]:
    """Find a number by halving: putting a filter on, the kernel tries it on every call there is."""
    if len(answers) <= _ONE_BY_ONE:
        *others, (last, its_answer) = answers
        equal = [_Test(_JUMP_EQUAL, number, answer) for number, answer in others]
        return [*equal, _Test(_JUMP_EQUAL, last, its_answer, "kill")]
    middle = len(answers) // 2
    first = answers[middle][0]
    upper = f"from {first}"
    branch = _Test(_JUMP_AT_LEAST, first, upper)
    return [branch, *_search(answers[:middle]), upper, *_search(answers[middle:])]


def _encode(program: list[_Test | str]) -> bytes:
    places: dict[str, int] = {}
    tests: list[_Test] = []
    for item in program:
        if isinstance(item, str):
            places[item] = len(tests)
        else:
            tests.append(item)

    def distance(label: str, position: int) -> int:
        return places[label] - position - 1 if label else 0

    return b"".join(
        struct.pack(
            "=HBBI",
            test.code,
            distance(test.if_true, position),
            distance(test.if_false, position),
            test.value,
        )
        for position, test in enumerate(tests)
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class SyscallFilter:
    """The assembled filter, ready to be put on. Assemble once, before forking."""

    def __init__(self, machine: str) -> None:
        code = assemble(machine)
        self._buffer = ctypes.create_string_buffer(code, len(code))
        self._program = _Program(len(code) // 8, ctypes.addressof(self._buffer))
        self._number = _SECCOMP_SYSCALL[machine]

    def apply(self) -> None:
        """Put the filter on this process for ever. Raises OSError when the kernel says no."""
        pointer = ctypes.c_void_p(ctypes.addressof(self._program))
        kernel.syscall(self._number, _SET_MODE_FILTER, 0, pointer)
