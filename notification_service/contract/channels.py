"""Channels: mail addresses, devices and telephone numbers of a workspace."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from notification_service.contract.event_types import EventType
from shared.ids import ChannelId
from shared.text import written_as

ChannelKind = Literal["email", "push", "sms"]
Locale = Literal["en", "ko"]
EventTypes = Annotated[
    list[EventType],
    Field(min_length=1, max_length=50, examples=[["backtest.finished", "backtest.failed"]]),
]
PhoneNumber = Annotated[
    str,
    StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"),
    written_as("+821012345678, with the country's number"),
    Field(examples=["+821012345678"]),
]
PushToken = Annotated[
    str,
    StringConstraints(pattern=r"^Expo(nent)?PushToken\[[A-Za-z0-9_-]{1,100}\]$"),
    Field(examples=["ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"]),
]


class EmailChannelCreate(BaseModel):
    """Mail to one address. A code is sent there, which confirms the channel."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "email",
                    "address": "me@example.com",
                    "event_types": ["backtest.finished", "backtest.failed"],
                }
            ]
        },
    )

    kind: Literal["email"]
    address: EmailStr
    event_types: EventTypes
    locale: Locale = "en"


class PushChannelCreate(BaseModel):
    """Push messages to one device, by its Expo token."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "push",
                    "token": "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]",
                    "event_types": ["backtest.finished"],
                }
            ]
        },
    )

    kind: Literal["push"]
    token: PushToken
    event_types: EventTypes
    locale: Locale = "en"


class SmsChannelCreate(BaseModel):
    """Text messages to one telephone number in E.164 form. A code is sent there first."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "sms", "number": "+821012345678", "event_types": ["backtest.failed"]}
            ]
        },
    )

    kind: Literal["sms"]
    number: PhoneNumber
    event_types: EventTypes
    locale: Locale = "en"


ChannelCreate = Annotated[
    EmailChannelCreate | PushChannelCreate | SmsChannelCreate, Field(discriminator="kind")
]


class Channel(BaseModel):
    """A place where the workspace is told of events; `target` is an address, token or number.

    Nothing but its code is sent to a channel that is not `verified` yet.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ch_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "kind": "email",
                    "target": "me@example.com",
                    "event_types": ["backtest.failed", "backtest.finished"],
                    "locale": "en",
                    "verified": True,
                    "created_at": "2026-11-02T09:30:00Z",
                }
            ]
        },
    )

    id: ChannelId
    kind: ChannelKind
    target: str
    event_types: list[EventType]
    locale: Locale
    verified: bool
    created_at: AwareDatetime


class ChannelVerification(BaseModel):
    """The code that was sent to a new channel."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "492039"}]})

    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6}$")]


class PushTokenCreate(BaseModel):
    """A device that wants push messages, as its app registers on every start."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"token": "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"}]},
    )

    token: PushToken
    locale: Locale = "en"


class PushDevice(BaseModel):
    """A device that is sent push messages; `DELETE /notifications/channels/{id}` forgets it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ch_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "token": "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]",
                    "locale": "en",
                    "created_at": "2026-11-02T09:30:00Z",
                }
            ]
        },
    )

    id: ChannelId
    token: str
    locale: Locale
    created_at: AwareDatetime
