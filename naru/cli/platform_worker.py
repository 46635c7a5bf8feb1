"""``python -m naru.cli.platform_worker QUEUE``: one worker process of the embedded platform."""

import sys
from typing import get_args

from gateway.embedded import create_workers
from shared.jobs.tasks import Queue
from shared.logging import configure_logging
from shared.service import run_until_stopped
from shared.settings import PlatformSettings


def main(queue: Queue) -> None:
    """Work off one class of jobs of all services, until stopped."""
    settings = PlatformSettings()
    configure_logging(settings.log_level)
    run_until_stopped(create_workers(settings), [queue])


if __name__ == "__main__":
    for known in get_args(Queue):
        if sys.argv[1:] == [known]:
            main(known)
