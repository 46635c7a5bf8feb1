"""Accounts elsewhere that somebody signs in with."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

ProviderName = Literal["google", "github", "facebook"]


class Providers(BaseModel):
    """Where one can sign in, besides with a password."""

    providers: list[ProviderName]


class AuthorizationPage(BaseModel):
    """Where to send the browser."""

    url: str = Field(examples=["https://accounts.google.com/o/oauth2/v2/auth?..."])


class LinkedAccount(BaseModel):
    """An account elsewhere that signs in to this one."""

    provider: ProviderName
    email: str | None
    linked_at: AwareDatetime
