"""Accounts elsewhere that somebody signs in with."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from auth_service.contract import examples

ProviderName = Literal["google", "github", "facebook"]


class Providers(BaseModel):
    """Where one can sign in, besides with a password."""

    model_config = examples.answer(examples.PROVIDERS)

    providers: list[ProviderName]


class AuthorizationPage(BaseModel):
    """Where to send the browser."""

    model_config = examples.answer(examples.AUTHORIZATION_PAGE)

    url: str = Field(examples=["https://accounts.google.com/o/oauth2/v2/auth?..."])


class LinkedAccount(BaseModel):
    """An account elsewhere that signs in to this one."""

    model_config = examples.answer(examples.LINKED_ACCOUNT)

    provider: ProviderName
    email: str | None
    linked_at: AwareDatetime
