"""Webhooks: URLs to which events are posted, signed as Standard Webhooks describe."""

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from notification_service.contract.channels import EventTypes
from notification_service.contract.event_types import EventType
from shared.ids import EventId, WebhookId


def _check_url(text: str) -> str:
    try:
        url = _URL.validate_python(text)
    except ValidationError as error:
        raise ValueError("this is not an http or https address") from error
    if url.username is not None or url.password is not None or not url.host:
        raise ValueError("give a host, and neither name nor password")
    return text


_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)
WebhookUrl = Annotated[
    str,
    AfterValidator(_check_url),
    StringConstraints(pattern=r"^https?://[^\s@\x00-\x20\x7f]+$", max_length=2000),
    Field(examples=["https://example.com/naru"]),
]
LONGEST_OVERLAP_S = 7 * 24 * 3600
MOST_REPLAYED = 200

_EXAMPLE: dict[str, Any] = {
    "id": "wh_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
    "url": "https://example.com/naru",
    "event_types": ["backtest.failed", "backtest.finished"],
    "enabled": True,
    "disabled_reason": None,
    "failing_since": None,
    "previous_secret_expires_at": None,
    "created_at": "2026-11-02T09:30:00Z",
}


class WebhookCreate(BaseModel):
    """A URL to which events are posted, signed as Standard Webhooks describe."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "url": "https://example.com/naru",
                    "event_types": ["backtest.finished", "backtest.failed"],
                }
            ]
        },
    )

    url: WebhookUrl
    event_types: EventTypes


class WebhookUpdate(BaseModel):
    """What to change; a field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    url: WebhookUrl | None = None
    event_types: EventTypes | None = None
    enabled: bool | None = None


class SecretRotation(BaseModel):
    """How long the old secret signs beside the new one."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"overlap_s": 86_400}]}
    )

    overlap_s: int = Field(default=86_400, ge=0, le=LONGEST_OVERLAP_S)


class Webhook(BaseModel):
    """A registered webhook; its secret is shown once, when it is made or rotated.

    `disabled_reason` says why the platform switched it off; `"enabled": true` starts it again.
    Until `previous_secret_expires_at` deliveries carry the signatures of both secrets.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: WebhookId
    url: str
    event_types: list[EventType]
    enabled: bool
    disabled_reason: str | None
    failing_since: AwareDatetime | None
    previous_secret_expires_at: AwareDatetime | None
    created_at: AwareDatetime


class WebhookWithSecret(Webhook):
    """A webhook with its signing secret (`whsec_...`): keep it now, it is not shown again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [_EXAMPLE | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]
        }
    )

    secret: str


class WebhookReplay(BaseModel):
    """Which events to send again: those named, or those of a span of time that it asks for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"since": "2026-11-02T00:00:00Z", "until": "2026-11-03T00:00:00Z"}]
        },
    )

    event_ids: Annotated[list[EventId], Field(min_length=1, max_length=MOST_REPLAYED)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _check_choice(self) -> Self:
        if (self.event_ids is None) == (self.since is None):
            raise ValueError("give either event_ids, or since and perhaps until")
        if self.until is not None and (self.since is None or self.until <= self.since):
            raise ValueError("until must lie behind since")
        return self


class WebhookReplayed(BaseModel):
    """How many deliveries were started; not `complete`: go on with `since` at `next_since`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"delivery_count": 12, "complete": True, "next_since": None}]
        }
    )

    delivery_count: int
    complete: bool
    next_since: AwareDatetime | None
