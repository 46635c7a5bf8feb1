"""Changing a password, with the old one or with a link from a mail."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from auth_service.contract import examples
from auth_service.contract.accounts import EmailAddress, GivenPassword, NewPassword

OneTimeToken = Annotated[
    SecretStr, Field(min_length=20, max_length=200, description="What followed `#token=`.")
]


class PasswordChange(BaseModel):
    """A new password, by somebody who is signed in and knows the old one."""

    model_config = examples.request(examples.PASSWORD_CHANGE)

    current_password: GivenPassword
    new_password: NewPassword


class PasswordForgotten(BaseModel):
    """Ask for a link to set a new password."""

    model_config = examples.request(examples.EMAIL)

    email: EmailAddress


class PasswordReset(BaseModel):
    """A new password, by somebody who has the link."""

    model_config = examples.request(examples.PASSWORD_RESET)

    token: OneTimeToken
    password: NewPassword


class EmailChange(BaseModel):
    """Another address; it counts once the link that is sent to it has been used."""

    model_config = examples.request(examples.EMAIL)

    email: EmailAddress


class EmailVerification(BaseModel):
    """Confirm an address with the link that was sent to it."""

    model_config = examples.request(examples.MAILED_TOKEN)

    token: OneTimeToken


class Accepted(BaseModel):
    """The same answer for everybody, so that it tells nobody who has an account."""

    model_config = examples.answer(examples.ACCEPTED)

    status: str = Field(examples=["accepted"])
