"""``GET /plans``."""

from fastapi import APIRouter

from auth_service.contract.plans import Plan
from auth_service.deps import Deps
from shared.http.access import public
from shared.http.dependencies import Cursors
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, slice_page

router = APIRouter(tags=["plans"])


@router.get("/plans", openapi_extra=public(None, cache_s=60, cache_for="everybody"))
async def list_plans(
    deps: Deps,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Plan]:
    """List the plans and what each of them allows."""
    plans = deps.plans.plans()
    return slice_page(plans, lambda plan: plan.name, "plans", cursors, cursor, limit)
