"""``/internal/executions``: the sandbox, for the trading service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from logic_service.contract.executions import Execution, ExecutionCreate
from logic_service.executions.running import ExecutionRunning
from shared.http.dependencies import CurrentWorkspace, Deps, require_service
from shared.http.disconnects import while_connected

router = APIRouter(prefix="/internal/executions", dependencies=[Depends(require_service)])


async def _running(deps: Deps) -> ExecutionRunning:
    return ExecutionRunning(deps)


Running = Annotated[ExecutionRunning, Depends(_running)]


@router.post("")
async def create_execution(
    body: ExecutionCreate, workspace_id: CurrentWorkspace, running: Running, request: Request
) -> Execution:
    """Run a version in the sandbox and answer at its end; hanging up kills the run."""
    return await while_connected(request, running.run(workspace_id, body))
