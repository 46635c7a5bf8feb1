"""The inbox: events of the workspace in words, and what its members want to see of them."""

from datetime import time
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from notification_service.contract.channels import Locale
from notification_service.contract.event_types import EventType
from shared.ids import EventId, NotificationId


class Notification(BaseModel):
    """An event in words, as the inbox and the live channel `notifications` show it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ntf_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "event_id": "evt_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "type": "backtest.finished",
                    "title": "Backtest finished: SmaCross on AAPL",
                    "text": "SmaCross on AAPL has results.",
                    "created_at": "2026-11-02T09:30:00Z",
                    "read_at": None,
                }
            ]
        }
    )

    id: NotificationId
    event_id: EventId
    type: EventType
    title: str
    text: str
    created_at: AwareDatetime
    read_at: AwareDatetime | None


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("use a name of the IANA time zone database, such as Asia/Seoul")
    return name


TimeZone = Annotated[
    str, Field(max_length=64, examples=["Asia/Seoul"]), AfterValidator(_known_zone)
]


class QuietHours(BaseModel):
    """Every day from `start` to `end` (which may be the next morning) pushes and SMS wait."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"start": "22:00:00", "end": "07:00:00", "time_zone": "Asia/Seoul"}]
        },
    )

    start: time
    end: time
    time_zone: TimeZone


class Preferences(BaseModel):
    """What the workspace's inbox shows, in which language, and when devices stay silent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "inbox_event_types": ["backtest.finished", "backtest.failed"],
                    "locale": "ko",
                    "quiet_hours": {
                        "start": "22:00:00",
                        "end": "07:00:00",
                        "time_zone": "Asia/Seoul",
                    },
                }
            ]
        },
    )

    inbox_event_types: Annotated[list[EventType], Field(max_length=50)]
    locale: Locale
    quiet_hours: QuietHours | None
