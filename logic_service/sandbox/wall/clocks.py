"""The clocks that are no system calls: the kernel writes the time into a page of every process.

The C library reads it there (vDSO), so no filter sees it. Zeros in its place mean that there is no
such clock, and the library asks the kernel, where the filter answers: what raises, raises; what
cannot, as NumPy's ``datetime64("now")``, reads 1970.
"""

from __future__ import annotations

from logic_service.sandbox.wall import kernel

_PAGES_OF_TIME = ("[vvar]", "[vvar_vclock]")


def hide() -> bool:
    """Blank the pages of this process and of all that it forks; tell whether they are gone.

    To be called while ``/proc`` is at hand. Kernels that seal these pages keep them.
    """
    with open("/proc/self/maps", encoding="ascii") as maps:
        lines = [line.split() for line in maps]
    found = [line[0] for line in lines if line[-1] in _PAGES_OF_TIME]
    try:
        for pages in found:
            first, last = (int(address, 16) for address in pages.split("-"))
            kernel.blank(first, last - first)
    except OSError:
        return False
    return bool(found)
