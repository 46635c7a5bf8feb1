"""The data service's environment: ``DATA_*``, or ``NARU_*`` for what all services share."""

from typing import ClassVar

from pydantic import Field

from shared.settings import PlatformSettings


class DataSettings(PlatformSettings):
    """See PlatformSettings.

    uploads_at_once   how many files are parsed side by side; more wait. One file of 10 million
                      bars takes about half a gigabyte while it is read
    """

    service: ClassVar[str] = "data"

    uploads_at_once: int = Field(default=2, ge=1)
