"""``/strategies/{id}/metrics`` for users, ``/metrics`` for operators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from logic_service.contract.metrics import StrategyMetrics
from logic_service.metrics.exposition import expose
from logic_service.metrics.service import MetricsService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Deps, Work
from shared.ids import StrategyId

router = APIRouter(tags=["strategies"])


async def _service(work: Work) -> MetricsService:
    return MetricsService(work)


Metrics = Annotated[MetricsService, Depends(_service)]


@router.get("/strategies/{strategy_id}/metrics", openapi_extra=public("strategy:read"))
async def get_strategy_metrics(
    strategy_id: StrategyId, workspace_id: CurrentWorkspace, metrics: Metrics
) -> StrategyMetrics:
    """Read what the runs of a strategy came to: verdicts, CPU, memory, and time per bar."""
    return await metrics.get(workspace_id, strategy_id)


@router.get("/metrics", include_in_schema=False)
async def expose_metrics(deps: Deps) -> Response:
    """Answer Prometheus: runs of the whole platform, and this process's own children."""
    return Response(await expose(deps), headers={"Content-Type": CONTENT_TYPE_LATEST})
