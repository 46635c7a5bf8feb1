"""Diffs say the same as ``difflib`` and put the new text together again."""

import difflib
import time

from hypothesis import given
from hypothesis import strategies as st

from logic_service.domain.diff import Diff, compare

_TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "  d\n"]), max_size=30).map("".join)
_ENDS = st.sampled_from(["", "tail", "tail\n"])


def _apply(before: str, diff: Diff) -> str:
    """Rebuild the new text from the old one and the hunks, as ``patch`` does."""
    old, result, place = before.splitlines(keepends=True), [], 0
    for hunk in diff.hunks:
        start = hunk.from_start - 1
        result += old[place:start]
        assert len([line for line in hunk.lines if line.kind != "added"]) == hunk.from_count
        assert len([line for line in hunk.lines if line.kind != "removed"]) == hunk.to_count
        for line in hunk.lines:
            if line.kind != "added":
                assert line.from_line is not None
                assert old[line.from_line - 1] == line.text
            if line.kind != "removed":
                result.append(line.text)
                assert line.to_line == len(result)
        place = start + hunk.from_count
    return "".join(result + old[place:])


@given(_TEXTS, _TEXTS, _ENDS, _ENDS)
def test_hunks_turn_the_old_text_into_the_new_one(old: str, new: str, a: str, b: str) -> None:
    diff = compare(old + a, new + b, "old", "new")

    assert _apply(old + a, diff) == new + b
    assert (diff.unified == "") == (old + a == new + b)


def test_the_text_is_what_difflib_prints() -> None:
    old = "".join(f"line {n}\n" for n in range(40))
    new = old.replace("line 7\n", "seven\n").replace("line 30\n", "").replace("line 9\n", "9\n9\n")

    expected = "".join(
        difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), "old", "new"
        )
    )

    assert compare(old, new, "old", "new").unified == expected


def test_a_missing_last_line_feed_is_a_change() -> None:
    diff = compare("a\nb\n", "a\nb", "old", "new")

    assert diff.unified == (
        "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"
    )


def test_from_nothing_to_something() -> None:
    diff = compare("", "a\n", "old", "new")

    assert "@@ -0,0 +1 @@" in diff.unified
    assert (diff.added_count, diff.removed_count) == (1, 0)


def test_form_feeds_do_not_end_lines() -> None:
    assert compare("a\x0cb\n", "a\x0cc\n", "old", "new").hunks[0].from_count == 1


def test_a_hostile_pair_of_sources_is_compared_in_bounded_time() -> None:
    old, new = "x\n" + "\n" * 60_000 + "y\n", "z\n" + "\n" * 59_000 + "w\n"

    started = time.process_time()
    diff = compare(old, new, "old", "new")

    assert time.process_time() - started < 5
    assert (diff.added_count, diff.removed_count) == (59_002, 60_002)
