"""Contestants that run in turns, so that a slow minute of the machine is everybody's."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

SAME = 1e-4


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds of a run, its fills, its final equity."""

    s: float
    fills: int
    final: float


class Contestant(Protocol):
    """Somebody who can do the same work again and again."""

    name: str
    is_ours: bool

    def run(self) -> Outcome | None:
        """Do the work once; None where that fails, which ends its turns."""

    def close(self) -> None:
        """Let go of what is held."""


@dataclass(slots=True)
class _Line:
    contestant: Contestant
    outcomes: list[Outcome] = field(default_factory=list)

    def ratios(self, other: "_Line") -> list[float]:
        """Return how many times as long the other took, turn by turn."""
        turns = zip(self.outcomes, other.outcomes, strict=False)
        return [theirs.s / ours.s for ours, theirs in turns]


def compare(title: str, bar_count: int, contestants: Sequence[Contestant], runs: int) -> None:
    """Let all run in turns and print a table: bars per second, ratios, and whether all agree.

    The first turn is not counted. Times are medians, ratios are medians of the turns' own, with
    the quartiles on both sides.
    """
    lines = [_Line(contestant) for contestant in contestants]
    try:
        for turn in range(runs + 1):
            for line in lines:
                outcome = line.contestant.run() if len(line.outcomes) == turn else None
                if outcome is not None:
                    line.outcomes.append(outcome)
    finally:
        for contestant in contestants:
            contestant.close()
    lines = [line for line in lines if len(line.outcomes) == runs + 1]
    for line in lines:
        del line.outcomes[0]
    first = lines[0].outcomes[-1]
    print(f"{title}: {first.fills:,} fills, final equity {first.final:,.2f}")
    peers = [line for line in lines if not line.contestant.is_ours]
    for line in lines:
        print(_told(line, first, bar_count, peers if line.contestant.is_ours else []), flush=True)


def _told(line: _Line, first: Outcome, bar_count: int, peers: list[_Line]) -> str:
    last, s = line.outcomes[-1], statistics.median(each.s for each in line.outcomes)
    ratios = ", ".join(f"{_spread(line.ratios(peer))}x {peer.contestant.name}" for peer in peers)
    off = abs(last.final / first.final - 1)
    agrees = last.fills == first.fills and off < SAME
    remark = "" if agrees else f"  DIFFERS: {last.fills:,} fills, equity off by {off:.1e}"
    return (
        f"  {line.contestant.name:<28}{s * 1e3:>10.1f} ms{bar_count / s / 1e6:>9.2f} M bars/s"
        f"  {ratios}{remark}"
    )


def _spread(ratios: list[float]) -> str:
    if len(ratios) < 4:
        return f"{statistics.median(ratios):.2f}"
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.1f}-{high:.1f})"
