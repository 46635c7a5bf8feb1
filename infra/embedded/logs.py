"""Log files of child processes: rotation and the last lines."""

import os
import shutil
from pathlib import Path

ROTATE_AT_BYTES = 8 * 1024 * 1024
KEPT_COUNT = 3


def rotate(log: Path, *, at_bytes: int = ROTATE_AT_BYTES, kept: int = KEPT_COUNT) -> bool:
    """Move a large log to ``.1`` (``.1`` to ``.2``, ...) and empty it; tell whether it was large.

    The writer keeps the file open, so the content is copied and the file cut to nothing. Lines
    written between the two steps are lost; it appends (O_APPEND), so no hole appears.
    """
    try:
        if log.stat().st_size < at_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(kept - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
    return True


def size(log: Path) -> int:
    """Return the bytes in a log, 0 when there is none."""
    return log.stat().st_size if log.exists() else 0


def tail(log: Path, *, after: int = 0, lines: int = 12, at_most_bytes: int = 8192) -> str:
    """Return the last lines of a log that begin at byte ``after`` or later."""
    try:
        with log.open("rb") as file:
            file.seek(max(after, size(log) - at_most_bytes))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
