"""Event name -> service call: what the logic service does about others' events."""

from collections.abc import Sequence

from logic_service.deps import LogicWorkerDeps
from logic_service.workspaces.tasks import DUTIES
from shared.events.consumer import EventConsumer


def consumers(deps: LogicWorkerDeps) -> Sequence[EventConsumer]:
    """Follow the auth service."""
    return [DUTIES.consumer(deps)]
