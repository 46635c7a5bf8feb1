"""Accounts: registering, signing in, and what a person sees of themselves."""

from typing import Annotated, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    Field,
    SecretStr,
    StringConstraints,
)

from auth_service.contract import examples
from auth_service.contract.roles import WorkspaceRole
from shared.ids import SessionId, UserId, WorkspaceId
from shared.text import written_as

PASSWORD_LENGTH = (8, 256)
_PRIVATE_SUFFIX = ".internal"


def _check_address(text: str) -> str:
    """Check the syntax; look nothing up.

    email-validator refuses names like ``naru.local`` and ``localhost``, under which private
    installations do send mail; below a private suffix it takes them as any other labels.
    """
    try:
        checked = validate_email(text + _PRIVATE_SUFFIX, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError("this is not an e-mail address") from error
    return checked.normalized.removesuffix(_PRIVATE_SUFFIX)


EmailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
    AfterValidator(_check_address),
    Field(examples=["mina@example.com"], json_schema_extra={"format": "email"}),
]
NewPassword = Annotated[
    SecretStr,
    Field(
        min_length=PASSWORD_LENGTH[0],
        max_length=PASSWORD_LENGTH[1],
        description="8 to 256 characters of any kind; well-known passwords are refused.",
        examples=["moraine-candle-42-otter"],
    ),
]
GivenPassword = Annotated[
    SecretStr,
    Field(min_length=1, max_length=PASSWORD_LENGTH[1], examples=["moraine-candle-42-otter"]),
]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{6}|[a-z2-7]{6}(-[a-z2-7]{6}){3})$"),
    written_as("492039, or as the recovery code was shown"),
    Field(description="Six digits, or a recovery code.", examples=["492039"]),
]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Locale = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$"),
    written_as("ko or en-GB"),
    Field(description="Language of mails, as in BCP 47.", examples=["ko", "en-GB"]),
]
RefreshToken = Annotated[SecretStr, Field(min_length=20, max_length=200, examples=["rt_Zk3..."])]


class Registration(BaseModel):
    """Ask for an account."""

    model_config = examples.request(examples.REGISTRATION)

    email: EmailAddress
    password: NewPassword


class RegistrationAnswer(BaseModel):
    """The same for every address, so that it tells nobody who has an account."""

    model_config = examples.answer(examples.REGISTERED)

    email: str = Field(examples=["mina@example.com"])
    status: Literal["accepted"]


class Login(BaseModel):
    """Sign in with a password, and a code where two-factor sign-in is set up."""

    model_config = examples.request(examples.LOGIN, examples.LOGIN_WITH_CODE)

    email: EmailAddress
    password: GivenPassword
    code: Code | None = None


class TokenPair(BaseModel):
    """An access token for requests, and a refresh token for the next pair.

    expires_in   seconds until the access token expires
    """

    model_config = examples.answer(examples.TOKEN_PAIR)

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class RefreshRequest(BaseModel):
    """Trade a refresh token, once, for a new pair."""

    model_config = examples.request(examples.REFRESH)

    refresh_token: RefreshToken


class Logout(BaseModel):
    """End a session: the one of the refresh token, or else the one that the request came with."""

    model_config = examples.request(examples.REFRESH)

    refresh_token: RefreshToken | None = None


class Session(BaseModel):
    """One sign-in on one device.

    methods        how the person proved who they are: ``pwd``, ``otp``, ``google``, ...
    signed_in_at   when they last did
    """

    model_config = examples.answer(examples.SESSION)

    id: SessionId
    current: bool
    user_agent: str | None
    address: str | None
    methods: list[str]
    created_at: AwareDatetime
    signed_in_at: AwareDatetime
    last_used_at: AwareDatetime
    expires_at: AwareDatetime


class ProfileUpdate(BaseModel):
    """Change what is left in; ``null`` clears the name."""

    model_config = examples.request(examples.PROFILE)

    name: PersonName | None = None
    locale: Locale | None = None


class WorkspaceMembership(BaseModel):
    """A workspace, and what the person may do there."""

    model_config = examples.answer(examples.WORKSPACE)

    id: WorkspaceId
    name: str
    kind: Literal["personal", "team"]
    role: WorkspaceRole
    plan: str


class Me(BaseModel):
    """The signed-in person, or the person whose API key is used."""

    model_config = examples.answer(examples.ME)

    id: UserId
    email: str
    email_verified: bool
    name: str | None
    locale: str
    role: Literal["user", "admin"]
    plan: str
    workspace: WorkspaceMembership
    workspaces: list[WorkspaceMembership]
    session_id: SessionId | None
    created_at: AwareDatetime


class UserContact(BaseModel):
    """How to reach a user; for the notification service."""

    id: UserId
    email: str
    email_verified: bool
    name: str | None
    locale: str
    workspace_id: WorkspaceId
