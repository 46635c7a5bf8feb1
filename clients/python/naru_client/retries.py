"""When to try again, and how long to wait before."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How stubborn a client is.

    attempts        tries of one call, the first included
    first_wait_s    upper bound of the first wait; doubled each time, and shortened by chance
    longest_wait_s  bound of any wait; a `Retry-After` beyond it is raised instead of waited for
    """

    attempts: int = 5
    first_wait_s: float = 0.25
    longest_wait_s: float = 60.0

    def wait_before(self, attempt: int, retry_after_s: float | None) -> float | None:
        """Return the seconds to wait before the given attempt (2 is the first repetition).

        None when that attempt is not to be made.
        """
        if attempt > self.attempts:
            return None
        if retry_after_s is not None:
            return retry_after_s if retry_after_s <= self.longest_wait_s else None
        bound = min(self.first_wait_s * 2.0 ** (attempt - 2), self.longest_wait_s, 8.0)
        return bound * random.uniform(0.5, 1.0)  # noqa: S311  many clients must not return at once


NO_RETRIES = RetryPolicy(attempts=1)
