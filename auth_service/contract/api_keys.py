"""API keys: for programs, limited to scopes, shown once."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, IPvAnyNetwork, StringConstraints

from auth_service.contract import examples
from shared.http.access import Scope
from shared.identity import Principal
from shared.ids import ApiKeyId

KeyMode = Literal["live", "test"]
KeyName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(examples=["nightly research"]),
]


class ApiKeyCreate(BaseModel):
    """What a new key may do.

    mode         ``test`` keys cannot touch real money
    scopes       everything but ``account:write`` when left out
    expires_at   never when left out
    networks     addresses or networks from which it is accepted; everywhere when empty
    """

    model_config = examples.request(examples.API_KEY_CREATE)

    name: KeyName = "API key"
    mode: KeyMode = "live"
    scopes: list[Scope] | None = Field(
        default=None, min_length=1, max_length=50, examples=[["strategy:read", "backtest:run"]]
    )
    expires_at: AwareDatetime | None = None
    networks: list[IPvAnyNetwork] = Field(default=[], max_length=20, examples=[["203.0.113.7/32"]])


class ApiKeyUpdate(BaseModel):
    """Change what is left in; scopes can only become fewer."""

    model_config = examples.request(examples.API_KEY_UPDATE)

    name: KeyName | None = None
    scopes: list[Scope] | None = Field(default=None, min_length=1, max_length=50)
    networks: list[IPvAnyNetwork] | None = Field(default=None, max_length=20)


class ApiKeyRotation(BaseModel):
    """Replace a key; the old one works on for a while, so that nothing stops.

    overlap_s   seconds that the old key works on, at most a week
    """

    model_config = examples.request(examples.API_KEY_ROTATION)

    overlap_s: int = Field(default=24 * 3600, ge=0, le=7 * 24 * 3600)


class KeyHolder(BaseModel):
    """Whom a key speaks for, and until when at most."""

    principal: Principal
    expires_at: AwareDatetime | None


class ApiKey(BaseModel):
    """A key as it is listed: never the secret, only how it begins and ends.

    hint           first and last characters, to tell keys apart
    last_used_at   to the minute
    """

    model_config = examples.answer(examples.API_KEY)

    id: ApiKeyId
    name: str
    hint: str = Field(examples=["sk_live_h7Qw...9fXa"])
    mode: KeyMode
    scopes: list[str]
    networks: list[str]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None
    last_used_address: str | None
    replaces: ApiKeyId | None


class NewApiKey(ApiKey):
    """A key that has just been made; ``key`` is shown this once."""

    model_config = examples.answer(examples.NEW_API_KEY)

    key: str = Field(examples=["sk_live_h7Qw2mZk0c5TtRbV8yNn4jXxE1sGgLpD6uAa9fXa"])
