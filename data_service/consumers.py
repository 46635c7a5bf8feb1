"""Event name -> service call: what the data service does about others' events."""

from collections.abc import Sequence

from data_service.deps import DataWorkerDeps
from data_service.workspaces.tasks import DUTIES
from shared.events.consumer import EventConsumer


def consumers(deps: DataWorkerDeps) -> Sequence[EventConsumer]:
    """Follow the auth service."""
    return [DUTIES.consumer(deps)]
