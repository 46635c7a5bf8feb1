"""What a filled heap gives to those who ask after that."""

import ctypes
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes
from logic_service.sandbox.wall import kernel
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
sizes = [40, 600, 1_000, 1_500, 5_000, 20_000, 60_000]
def places():
    return [libc.malloc(ctypes.c_size_t(size)) for size in sizes for _ in range(20)]
held = places()
for place in held[::2]:
    libc.free(place)  # holes of every size
if {fills}:
    kernel.fill_heap()
print(min(places()) > max(held))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc before 2.33")
@pytest.mark.parametrize("fills", [True, False])
def test_what_is_allocated_next_lies_behind_all_that_was(fills: bool) -> None:
    command = [sys.executable, "-c", PROGRAM.format(fills=fills)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(fills)
