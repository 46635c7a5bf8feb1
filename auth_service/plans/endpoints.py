"""``GET /plans``."""

from fastapi import APIRouter

from auth_service.contract.plans import Plan
from auth_service.deps import Deps
from shared.http.access import public
from shared.http.pages import ItemPage

router = APIRouter(tags=["plans"])


@router.get("/plans", openapi_extra=public(None, cache_s=60, cache_for="everybody"))
async def list_plans(deps: Deps) -> ItemPage[Plan]:
    """List the plans and what each of them allows."""
    return ItemPage(items=deps.plans.plans(), next_cursor=None)
