"""Who we are to authenticators, and whether what they say holds (WebAuthn Level 3, section 7)."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import orjson
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from auth_service.contract.errors import PasskeyRefusedError
from auth_service.contract.passkeys import NewCredential, PasskeyOptions, ShownCredential
from auth_service.models import PasskeyRow, UserRow
from auth_service.settings import AuthSettings

_NAME = "Naru"
_TIMEOUT_MS = 300_000


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This installation, as authenticators know it.

    id        the domain that passkeys are bound to
    origins   the pages that may use them
    """

    id: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, settings: AuthSettings) -> Self:
        """Return what the settings say; without any, the host of the public URL."""
        url = urlsplit(settings.public_url)
        own = f"{url.scheme}://{url.netloc}"
        host = settings.passkey_rp_id or url.hostname or ""
        return cls(host, (own, *settings.passkey_origins))

    def creation(self, user: UserRow, challenge: str, known: list[PasskeyRow]) -> PasskeyOptions:
        """Ask an authenticator for a key that it keeps and guards with a PIN or a body part."""
        options = generate_registration_options(
            rp_id=self.id,
            rp_name=_NAME,
            user_id=user.id.bytes,
            user_name=user.email,
            user_display_name=user.name or user.email,
            challenge=base64url_to_bytes(challenge),
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=row.credential_id) for row in known
            ],
        )
        return PasskeyOptions(options=orjson.loads(options_to_json(options)))

    def request(self, challenge: str) -> PasskeyOptions:
        """Ask for any passkey of this installation: whose it is comes with the answer."""
        options = generate_authentication_options(
            rp_id=self.id,
            challenge=base64url_to_bytes(challenge),
            timeout=_TIMEOUT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return PasskeyOptions(options=orjson.loads(options_to_json(options)))

    def check_new(self, credential: NewCredential, challenge: str) -> VerifiedRegistration:
        """Return the new key. Raises PasskeyRefusedError."""
        try:
            return verify_registration_response(
                credential=credential.model_dump(mode="json"),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.id,
                expected_origin=list(self.origins),
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError) as error:
            raise PasskeyRefusedError from error

    def check_shown(
        self, credential: ShownCredential, challenge: str, row: PasskeyRow
    ) -> VerifiedAuthentication:
        """Return the proof that the key's holder is there. Raises PasskeyRefusedError."""
        handle = credential.response.userHandle
        if handle is not None and base64url_to_bytes(handle) != row.user_id.bytes:
            raise PasskeyRefusedError
        try:
            return verify_authentication_response(
                credential=credential.model_dump(mode="json", exclude_none=True),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.id,
                expected_origin=list(self.origins),
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError) as error:
            raise PasskeyRefusedError from error


def challenge_of(client_data: str) -> str:
    """Return the challenge that an authenticator has signed. Raises PasskeyRefusedError."""
    try:
        found = orjson.loads(base64url_to_bytes(client_data))
        challenge = found["challenge"]
    except (ValueError, TypeError, KeyError) as error:
        raise PasskeyRefusedError from error
    if not isinstance(challenge, str):
        raise PasskeyRefusedError
    return challenge


def credential_id(text: str) -> bytes:
    """Return the bytes of a credential's id. Raises PasskeyRefusedError."""
    try:
        return base64url_to_bytes(text)
    except ValueError as error:
        raise PasskeyRefusedError from error
