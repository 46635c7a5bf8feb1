"""``python -m naru.cli.platform_worker QUEUE``: one worker process of the embedded platform."""

import os
import sys
from pathlib import Path
from typing import get_args

from gateway.embedded import create_workers
from shared.jobs.tasks import Queue
from shared.logging import configure_logging
from shared.service import run_until_stopped
from shared.settings import PlatformSettings


def ready_file(state_dir: Path, queue: Queue) -> Path:
    """Return the file in which a worker notes its process id once it takes jobs."""
    return state_dir / "run" / f"worker-{queue}.ready"


def main(queue: Queue) -> None:
    """Work off one class of jobs of all services, until stopped."""
    settings = PlatformSettings()
    configure_logging(settings.log_level)

    def note_ready() -> None:
        file = ready_file(settings.state_dir, queue)
        file.parent.mkdir(exist_ok=True)
        file.write_text(str(os.getpid()))

    run_until_stopped(create_workers(settings), [queue], note_ready)


if __name__ == "__main__":
    for known in get_args(Queue):
        if sys.argv[1:] == [known]:
            main(known)
