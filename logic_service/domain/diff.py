"""Compare two sources line by line, as ``diff -u`` does."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

CONTEXT = 3
_MAX_LINES = 4_000
_MAX_PAIRS = 1_000_000
_SIGNS = {"same": " ", "removed": "-", "added": "+"}

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its line feed, if it has one; numbers are 1-based."""

    kind: Kind
    from_line: int | None
    to_line: int | None
    text: str

    def __str__(self) -> str:
        ending = "" if self.text.endswith("\n") else "\n\\ No newline at end of file\n"
        return f"{_SIGNS[self.kind]}{self.text}{ending}"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines with up to three unchanged ones around them; starts are 1-based."""

    from_start: int
    from_count: int
    to_start: int
    to_count: int
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        old, new = _span(self.from_start, self.from_count), _span(self.to_start, self.to_count)
        return f"@@ -{old} +{new} @@\n" + "".join(map(str, self.lines))


@dataclass(frozen=True, slots=True)
class Diff:
    """All hunks, and the same as text."""

    added_count: int
    removed_count: int
    unified: str
    hunks: tuple[Hunk, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def compare(before: str, after: str, before_name: str, after_name: str) -> Diff:
    """Return the difference of two texts; nothing but a line feed ends a line."""
    lines = list(_align(_split(before), _split(after)))
    kinds = Counter(line.kind for line in lines)
    hunks = tuple(_hunks(lines))
    header = f"--- {before_name}\n+++ {after_name}\n" if hunks else ""
    return Diff(kinds["added"], kinds["removed"], header + "".join(map(str, hunks)), hunks)


def _split(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _align(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Yield all lines in their places. What is equal at both ends is set aside first.

    ``SequenceMatcher`` takes time by the number of equal pairs of lines, which a hostile author
    can make quadratic: beyond a bound, all that lies between the equal ends counts as replaced.
    """
    head = _common_prefix(old, new)
    tail = _common_prefix(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    yield from _lines("same", old[:head], 1, 1)
    for tag, i1, i2, j1, j2 in _opcodes(old[head:old_end], new[head:new_end]):
        i, j = head + i1, head + j1
        if tag == "equal":
            yield from _lines("same", old[i : head + i2], i + 1, j + 1)
        else:
            yield from _lines("removed", old[i : head + i2], i + 1, None)
            yield from _lines("added", new[j : head + j2], None, j + 1)
    yield from _lines("same", old[old_end:], old_end + 1, new_end + 1)


def _common_prefix(one: Sequence[str], other: Sequence[str]) -> int:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    counts = Counter(new)
    pairs = sum(counts[line] for line in old)
    if max(len(old), len(new)) > _MAX_LINES or pairs > _MAX_PAIRS:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _lines(
    kind: Kind, texts: Sequence[str], from_line: int | None, to_line: int | None
) -> Iterator[Line]:
    for step, text in enumerate(texts):
        yield Line(
            kind,
            None if from_line is None else from_line + step,
            None if to_line is None else to_line + step,
            text,
        )


def _hunks(lines: Sequence[Line]) -> Iterator[Hunk]:
    """Cut out the changes with their context; what is nearer than two contexts is one hunk."""
    changed = [place for place, line in enumerate(lines) if line.kind != "same"]
    start = 0
    for index, place in enumerate(changed):
        is_last = index + 1 == len(changed)
        if is_last or changed[index + 1] - place > 2 * CONTEXT + 1:
            first = max(0, changed[start] - CONTEXT)
            yield _hunk(lines, first, min(len(lines), place + CONTEXT + 1))
            start = index + 1


def _hunk(lines: Sequence[Line], first: int, end: int) -> Hunk:
    inside = tuple(lines[first:end])
    removed_before = sum(line.kind != "added" for line in lines[:first])
    added_before = sum(line.kind != "removed" for line in lines[:first])
    return Hunk(
        removed_before + 1,
        sum(line.kind != "added" for line in inside),
        added_before + 1,
        sum(line.kind != "removed" for line in inside),
        inside,
    )


def _span(start: int, count: int) -> str:
    """Write a range as GNU diff does: an empty one names the line before it."""
    if count == 1:
        return str(start)
    return f"{start if count else start - 1},{count}"
