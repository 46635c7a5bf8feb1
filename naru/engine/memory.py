"""What the C library does with memory that was freed."""

import numpy as np

_LARGEST_KEPT = 16 << 20
_LARGEST_KEPT_BY_SWEEPS = 31 << 20  # glibc's threshold ends at 32 MiB; as much again stays on top
_BLOCK_BYTES, _BLOCKS = 15 << 20, 4


def keep_freed_memory() -> None:
    """Let the C library hand freed arrays out again, instead of returning them to the system.

    glibc asks the system for blocks above a threshold, and the system clears them page by page,
    which costs several times what is computed in them. The threshold follows the largest such
    block that was freed.
    """
    np.empty(_LARGEST_KEPT, dtype=np.uint8)


def keep_large_pages() -> None:
    """Do the same with more memory, and lay it in large pages, which the processor finds faster.

    NumPy asks for them for large arrays; later ones of any size lie in the same place.
    """
    np.empty(_LARGEST_KEPT_BY_SWEEPS, dtype=np.uint8)
    blocks = [np.empty(_BLOCK_BYTES, dtype=np.uint8) for _ in range(_BLOCKS)]
    blocks.clear()  # nothing was written to them: no memory is taken
