"""Channels: where a workspace wants to be told. Webhooks are channels with a signing secret."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from notification_service.contract.event_types import EventType
from shared.ids import ChannelId, WebhookId

ChannelKind = Literal["email", "push", "sms"]
Locale = Literal["en", "ko"]
EventTypes = Annotated[
    list[EventType],
    Field(min_length=1, max_length=50, examples=[["backtest.finished", "backtest.failed"]]),
]
PhoneNumber = Annotated[
    str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"), Field(examples=["+821012345678"])
]
PushToken = Annotated[
    str,
    StringConstraints(pattern=r"^Expo(nent)?PushToken\[[A-Za-z0-9_-]{1,100}\]$"),
    Field(examples=["ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"]),
]
WebhookUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s@]+$", max_length=2000),
    Field(examples=["https://example.com/naru"]),
]


class EmailChannelCreate(BaseModel):
    """Mail to one address."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["email"]
    address: EmailStr
    event_types: EventTypes
    locale: Locale = "en"


class PushChannelCreate(BaseModel):
    """Push messages to one device, by its Expo token."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["push"]
    token: PushToken
    event_types: EventTypes
    locale: Locale = "en"


class SmsChannelCreate(BaseModel):
    """Text messages to one telephone number in E.164 form."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["sms"]
    number: PhoneNumber
    event_types: EventTypes
    locale: Locale = "en"


ChannelCreate = Annotated[
    EmailChannelCreate | PushChannelCreate | SmsChannelCreate, Field(discriminator="kind")
]


class Channel(BaseModel):
    """A place where the workspace is told of events; `target` is an address, token or number."""

    id: ChannelId
    kind: ChannelKind
    target: str
    event_types: list[EventType]
    locale: Locale
    created_at: AwareDatetime


class WebhookCreate(BaseModel):
    """A URL to which events are posted, signed as Standard Webhooks describe."""

    model_config = ConfigDict(extra="forbid")

    url: WebhookUrl
    event_types: EventTypes


class WebhookUpdate(BaseModel):
    """What to change; a field that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    url: WebhookUrl | None = None
    event_types: EventTypes | None = None
    enabled: bool | None = None


class Webhook(BaseModel):
    """A registered webhook; its secret is shown once, when it is made or rotated."""

    id: WebhookId
    url: str
    event_types: list[EventType]
    enabled: bool
    created_at: AwareDatetime


class WebhookWithSecret(Webhook):
    """A webhook with its signing secret (`whsec_...`): keep it now, it is not shown again."""

    secret: str
