"""The filter's program, read by a small interpreter for both architectures, and for real."""

import struct

import pytest

from logic_service.sandbox.wall import seccomp

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "x86_64": {
        "read": 0, "write": 1, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "openat": 257,
        "socket": 41, "execve": 59, "clone": 56, "fork": 57, "kill": 62, "ptrace": 101,
        "seccomp": 317, "prlimit64": 302, "recvmsg": 47, "sendmsg": 46, "futex": 202,
        "exit_group": 231, "clone3": 435, "io_uring_setup": 425, "unshare": 272, "getpid": 39,
    },
    "aarch64": {
        "read": 63, "write": 64, "mmap": 222, "mprotect": 226, "munmap": 215, "brk": 214,
        "openat": 56, "socket": 198, "execve": 221, "clone": 220, "kill": 129, "ptrace": 117,
        "seccomp": 277, "prlimit64": 261, "recvmsg": 212, "sendmsg": 211, "futex": 98,
        "exit_group": 94, "clone3": 435, "io_uring_setup": 425, "unshare": 97, "getpid": 172,
    },
}  # fmt: skip


def decide(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """Run the classic BPF program on one system call and return its answer."""
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=IIQ6Q", number, audit, 0, *words)
    instructions = list(struct.iter_unpack("=HBBI", program))
    position = accumulator = 0
    while True:
        code, if_true, if_false, value = instructions[position]
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x06:
            return int(value)
        else:
            holds = {
                0x15: accumulator == value,
                0x35: accumulator >= value,
                0x45: bool(accumulator & value),
            }[code]
            position += if_true if holds else if_false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        ("read", (3,), ALLOW),
        ("read", (0,), REFUSE),
        ("write", (3,), ALLOW),
        ("write", (1,), REFUSE),
        ("recvmsg", (3,), ALLOW),
        ("recvmsg", (4,), REFUSE),
        ("sendmsg", (3,), KILL),
        ("mmap", (0, 4096, 3, 0x22), ALLOW),
        ("mmap", (0, 4096, 7, 0x22), KILL),
        ("mmap", (0, 4096, 1, 0x01, 4), ALLOW),
        ("mmap", (0, 4096, 3, 0x01, 4), KILL),
        ("mmap", (0, 4096, 5, 0x02, 4), KILL),
        ("mprotect", (0, 4096, 3), ALLOW),
        ("mprotect", (0, 4096, 5), KILL),
        ("prlimit64", (0,), ALLOW),
        ("prlimit64", (77,), KILL),
        ("brk", (), ALLOW),
        ("munmap", (), ALLOW),
        ("futex", (), ALLOW),
        ("exit_group", (), ALLOW),
        ("openat", (), REFUSE),
        ("socket", (), REFUSE),
        ("getpid", (), REFUSE),
        ("execve", (), KILL),
        ("clone", (), KILL),
        ("clone3", (), KILL),
        ("kill", (), KILL),
        ("ptrace", (), KILL),
        ("seccomp", (), KILL),
        ("unshare", (), KILL),
        ("io_uring_setup", (), KILL),
    ],
)
def test_every_call_has_its_answer(
    machine: str, call: str, arguments: tuple[int, ...], answer: int
) -> None:
    program = seccomp.assemble(machine)

    assert decide(program, AUDIT[machine], CALLS[machine][call], *arguments) == answer


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_another_architecture_s_calls_kill(machine: str) -> None:
    program = seccomp.assemble(machine)

    assert decide(program, 0x40000003, 3) == KILL
    assert decide(program, AUDIT[machine], 0x40000000 | CALLS[machine]["getpid"]) == KILL


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_calls_that_nobody_thought_of_kill(machine: str) -> None:
    program = seccomp.assemble(machine)
    answers = {number: decide(program, AUDIT[machine], number) for number in range(600)}

    assert sum(answer != KILL for answer in answers.values()) < 110
    assert all(answers[number] == KILL for number in range(440, 600))


@pytest.mark.parametrize(
    ("machine", "allowed"),
    [
        (
            "x86_64",  # read write close mmap mprotect munmap brk sigprocmask sigreturn yield ...
            {0, 1, 3, 9, 10, 11, 12, 14, 15, 24, 25, 28, 47, 60, 202, 219, 231},
        ),
        (
            "aarch64",
            {57, 63, 64, 93, 94, 98, 124, 128, 135, 139, 212, 214, 215, 216, 222, 226, 233},
        ),
    ],
)
def test_these_calls_run_and_no_others(machine: str, allowed: set[int]) -> None:
    program = seccomp.assemble(machine)
    on_the_channel = (3, 4096, 3, 0x22)  # as mmap: private memory without code
    ran = {
        number
        for number in range(4096)
        if decide(program, AUDIT[machine], number, *on_the_channel) == ALLOW
    }

    assert ran == allowed


def test_an_unknown_architecture_has_no_filter() -> None:
    assert not seccomp.is_supported("riscv64")
    with pytest.raises(KeyError):
        seccomp.assemble("riscv64")
