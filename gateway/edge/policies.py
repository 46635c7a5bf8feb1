"""Whose requests are counted together, and by which plan."""

from collections.abc import Mapping

from gateway.edge.rate_limits import RatePolicy
from shared.identity import Principal

FREE = "free"


class RatePolicies:
    """The rate policy of every plan, and of callers who have not signed in."""

    def __init__(self, by_plan: Mapping[str, RatePolicy], anonymous: RatePolicy) -> None:
        self._by_plan = by_plan
        self._anonymous = anonymous

    def of(self, principal: Principal) -> RatePolicy:
        """Return the caller's policy; a plan that is not known counts as the free one."""
        if principal.kind == "anonymous":
            return self._anonymous
        return self._by_plan.get(principal.plan) or self._by_plan[FREE]


def subject_of(principal: Principal) -> str:
    """Name the caller whose requests are counted: a key, a user, or an address."""
    if principal.kind == "api_key" and principal.credential_id is not None:
        return f"key:{principal.credential_id.hex}"
    if principal.user_id is not None:
        return f"user:{principal.user_id.hex}"
    return f"address:{principal.address or 'unknown'}"
