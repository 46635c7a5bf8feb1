"""Two-factor sign-in: an authenticator's codes, and recovery codes for a lost phone."""

from pydantic import BaseModel, Field, model_validator

from auth_service.contract import examples
from auth_service.contract.accounts import Code, GivenPassword
from auth_service.contract.passwords import OneTimeToken


class Enrollment(BaseModel):
    """What an authenticator app needs; show ``uri`` as a QR code.

    secret   Base32, to type in by hand
    """

    model_config = examples.answer(examples.ENROLLMENT)

    secret: str
    uri: str = Field(examples=["otpauth://totp/Naru:mina%40example.com?secret=...&issuer=Naru"])


class CodeCheck(BaseModel):
    """A code: to finish enrolling, or with ``login_token`` to finish signing in."""

    model_config = examples.request(examples.CODE, examples.CODE_TO_SIGN_IN)

    code: Code
    login_token: OneTimeToken | None = None


class RecoveryCodes(BaseModel):
    """Shown once; each signs in once without the authenticator."""

    model_config = examples.answer(examples.RECOVERY_CODES)

    recovery_codes: list[str]


class StepUp(BaseModel):
    """Confirm that it is you: by code where two factors are set up, by password otherwise."""

    model_config = examples.request(examples.STEP_UP, examples.CODE)

    password: GivenPassword | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _want_one(self) -> "StepUp":
        if (self.password is None) == (self.code is None):
            raise ValueError("send either password or code")
        return self


class FreshToken(BaseModel):
    """An access token that says that its holder has confirmed to be you just now."""

    model_config = examples.answer(examples.FRESH_TOKEN)

    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int
