"""Whose requests are counted together, and by which plan."""

import asyncio
from collections.abc import Iterable

from auth_service.client import AuthClient
from auth_service.contract.plans import Plan
from gateway.edge.addresses import address_block
from gateway.edge.rate_limits import RatePolicy
from shared.errors import PlatformError
from shared.identity import Principal
from shared.logging import get_logger

log = get_logger(__name__)

_REREAD_S = 30.0
_RETRY_S = 0.5


class RatePolicies:
    """The rate policy of every plan, and of callers who have not signed in."""

    def __init__(self, anonymous: RatePolicy) -> None:
        self._anonymous = anonymous
        self._by_plan: dict[str, RatePolicy] = {}
        self._plans: dict[str, Plan] = {}

    def of(self, principal: Principal) -> RatePolicy:
        """Return the caller's policy; while their plan is not known, that of the anonymous."""
        if principal.kind == "anonymous":
            return self._anonymous
        return self._by_plan.get(principal.plan, self._anonymous)

    def plan_of(self, principal: Principal) -> Plan | None:
        """Return the plan that the caller is on; None while it is not known."""
        return self._plans.get(principal.plan)

    def replace(self, plans: Iterable[Plan]) -> None:
        """Take over what the plans say now."""
        self._plans = {plan.name: plan for plan in plans}
        self._by_plan = {
            plan.name: RatePolicy(plan.requests_per_minute, plan.request_burst)
            for plan in self._plans.values()
        }

    async def read(self, auth: AuthClient) -> None:
        """Read the plans; when that fails, what is known stays."""
        try:
            self.replace(await auth.list_plans())
        except PlatformError as error:
            log.warning("plans.not_read", reason=repr(error))

    async def follow(self, auth: AuthClient) -> None:
        """Read the plans again and again, until cancelled."""
        while True:
            await asyncio.sleep(_REREAD_S if self._by_plan else _RETRY_S)
            await self.read(auth)


def subject_of(principal: Principal) -> str:
    """Name the caller whose requests are counted: a key, a user, or an address."""
    if principal.kind == "api_key" and principal.credential_id is not None:
        return f"key:{principal.credential_id.hex}"
    if principal.user_id is not None:
        return f"user:{principal.user_id.hex}"
    return f"address:{address_block(principal.address or 'unknown')}"
