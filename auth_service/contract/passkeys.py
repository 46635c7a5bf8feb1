"""Passkeys: keys of authenticators, as WebAuthn Level 3 spells them in JSON."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.ids import PasskeyId

Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=16_384)]
CredentialId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,1366}$")]
PasskeyName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(examples=["Mina's phone"]),
]

# What browsers hand out has grown with every level of WebAuthn: members that are of no use here
# are passed over instead of refused.
_FROM_BROWSER = ConfigDict(extra="ignore")


class PasskeyOptions(BaseModel):
    """What to hand to the browser: ``parse...OptionsFromJSON``, then ``navigator.credentials``.

    The challenge in it is good once, for five minutes.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "options": {
                        "challenge": "AZLzwo8OfMOYxNwMDAc5j...",
                        "timeout": 300000,
                        "rpId": "naru.example.com",
                        "allowCredentials": [],
                        "userVerification": "required",
                    }
                }
            ]
        }
    )

    options: dict[str, Any]


class AttestationResponse(BaseModel):
    """What an authenticator says about its new key."""

    model_config = _FROM_BROWSER

    clientDataJSON: Base64Url  # noqa: N815 (WebAuthn's spelling)
    attestationObject: Base64Url  # noqa: N815


class NewCredential(BaseModel):
    """``PublicKeyCredential.toJSON()`` of ``navigator.credentials.create()``."""

    model_config = _FROM_BROWSER

    id: CredentialId
    rawId: CredentialId  # noqa: N815
    type: Literal["public-key"]
    response: AttestationResponse


class AssertionResponse(BaseModel):
    """What an authenticator signs to sign a person in."""

    model_config = _FROM_BROWSER

    clientDataJSON: Base64Url  # noqa: N815
    authenticatorData: Base64Url  # noqa: N815
    signature: Base64Url
    userHandle: Base64Url | None = None  # noqa: N815


class ShownCredential(BaseModel):
    """``PublicKeyCredential.toJSON()`` of ``navigator.credentials.get()``."""

    model_config = _FROM_BROWSER

    id: CredentialId
    rawId: CredentialId  # noqa: N815
    type: Literal["public-key"]
    response: AssertionResponse


_CLIENT_DATA = "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiLi4uIn0"
_DATA = "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ"
_ID = "Xb0d4Yw8g7mGv2c1f3K9Zw"


class PasskeyCreate(BaseModel):
    """A new passkey, and what to call it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Mina's phone",
                    "credential": {
                        "id": _ID,
                        "rawId": _ID,
                        "type": "public-key",
                        "response": {
                            "clientDataJSON": _CLIENT_DATA,
                            "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YQ",
                        },
                    },
                }
            ]
        },
    )

    name: PasskeyName
    credential: NewCredential


class PasskeyProof(BaseModel):
    """What an authenticator has signed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "credential": {
                        "id": _ID,
                        "rawId": _ID,
                        "type": "public-key",
                        "response": {
                            "clientDataJSON": _CLIENT_DATA,
                            "authenticatorData": _DATA,
                            "signature": "MEUCIQDk5wq0Zk8yIuYH1nXf0r2t4v6w8x0z2A4C6E8G0I",
                            "userHandle": "AZLzwo8OfMOYxNwMDAc5jw",
                        },
                    }
                }
            ]
        },
    )

    credential: ShownCredential


class Passkey(BaseModel):
    """A passkey of yours."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "pk_0192f3c28f0e7cc398c4dc0c0c07398f",
                    "name": "Mina's phone",
                    "created_at": "2026-11-21T09:00:00Z",
                    "last_used_at": "2026-11-21T12:30:00Z",
                }
            ]
        }
    )

    id: PasskeyId
    name: str
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None
