"""When a strategy that failed may start again, and when it may not any more."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Back-off and crash-loop breaker of live strategies.

    first_delay_s  before the first restart; doubled for each further one
    max_delay_s    never longer than this
    max_crashes    within ``window_s``: the deployment is halted until somebody starts it anew
    """

    first_delay_s: float = 1.0
    max_delay_s: float = 60.0
    max_crashes: int = 5
    window_s: float = 600.0


class Restarts:
    """The crashes of one deployment. Times are seconds of any one clock."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._crashed_at: deque[float] = deque()
        self._may_start_at = 0.0
        self.is_halted = False

    def note_crash(self, now: float) -> None:
        """Count a crash, and decide about the next start."""
        self._crashed_at.append(now)
        while self._crashed_at[0] < now - self._policy.window_s:
            self._crashed_at.popleft()
        count = len(self._crashed_at)
        self.is_halted = count >= self._policy.max_crashes
        delay_s = self._policy.first_delay_s * 2 ** min(count - 1, 30)
        self._may_start_at = now + min(delay_s, self._policy.max_delay_s)

    def wait_s(self, now: float) -> float:
        """Return how long the next start has to wait."""
        return max(0.0, self._may_start_at - now)
