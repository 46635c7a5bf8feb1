"""What the C library does with memory that was freed."""

import numpy as np

_LARGEST_KEPT = 16 << 20


def keep_freed_memory() -> None:
    """Let the C library hand freed arrays out again, instead of returning them to the system.

    glibc asks the system for blocks above a threshold, and the system clears them page by page,
    which costs several times what is computed in them. The threshold follows the largest such
    block that was freed.
    """
    np.empty(_LARGEST_KEPT, dtype=np.uint8)
