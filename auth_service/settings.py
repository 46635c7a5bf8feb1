"""The auth service's environment: ``AUTH_*``, or ``NARU_*`` for what all services share."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from auth_service.plans.book import read_plans
from shared.settings import PlatformSettings


class AuthSettings(PlatformSettings):
    """See PlatformSettings.

    plans_file               another file of the form of ``auth_service/plans.toml``
    password_hashes_at_once  each takes its memory, and one core for some 60 ms
    password_memory_kib      OWASP's choice for Argon2id with one pass and one lane
    require_verified_email   refuse sign-in until the address has been confirmed by mail; hosts that
                             are open to the public want this, it also hides who has an account
    billing_secret           ``whsec_...`` of the billing system's signed events; none are taken
                             without it
    google_client_id, ...    credentials at sign-in providers; each needs both to be offered
    passkey_rp_id            domain that passkeys are bound to; the public URL's host without it
    passkey_origins          further pages that may use passkeys, besides the public URL's
    breached_passwords_url   a range API like ``https://api.pwnedpasswords.com/range``: new
                             passwords are looked up there by the first five digits of their hash;
                             nothing is asked without it
    renewal_grace_days       how long a paid plan goes on after its renewal date without a payment
    answer_beat_s            answers that must not tell who has an account leave at whole multiples
    """

    service: ClassVar[str] = "auth"

    plans_file: Path | None = None
    password_hashes_at_once: int = 2
    password_memory_kib: int = 47_104
    require_verified_email: bool = False
    billing_secret: SecretStr | None = None
    google_client_id: str | None = None
    google_client_secret: SecretStr | None = None
    google_issuer: str = "https://accounts.google.com"
    github_client_id: str | None = None
    github_client_secret: SecretStr | None = None
    github_url: str = "https://github.com"
    github_api_url: str = "https://api.github.com"
    facebook_client_id: str | None = None
    facebook_client_secret: SecretStr | None = None
    facebook_url: str = "https://www.facebook.com"
    facebook_graph_url: str = "https://graph.facebook.com"
    passkey_rp_id: str | None = None
    passkey_origins: tuple[str, ...] = ()
    breached_passwords_url: str | None = None
    renewal_grace_days: int = Field(default=7, ge=0)
    answer_beat_s: float = 0.25

    @field_validator("plans_file")
    @classmethod
    def _read_plans(cls, given: Path | None) -> Path | None:
        if given is not None:
            read_plans(given)  # a faulty file is told at the start, not by the first request
        return given
