"""Say no to passwords that will not do, in words that help."""

from pydantic import SecretStr

from auth_service.adapters.breaches import is_breached
from auth_service.contract.errors import PasswordRefusedError
from auth_service.domain.passwords import Weakness, find_weakness
from auth_service.settings import AuthSettings

_ADVICE: dict[Weakness, str] = {
    "well-known": "this is one of the passwords that are tried first",
    "repetitive": "this repeats a few characters",
    "sequence": "this runs along the keyboard or the alphabet",
    "contains-address": "this is made of your e-mail address",
}

_BREACHED = "this password has been seen in a breach elsewhere: guessers try it"


async def check_password(
    settings: AuthSettings, password: SecretStr, email: str, pointer: str = "/password"
) -> None:
    """Raise PasswordRefusedError, naming the field, when a guesser would soon have it."""
    weakness = find_weakness(password.get_secret_value(), email)
    if weakness is not None:
        raise PasswordRefusedError.at(pointer, weakness, _ADVICE[weakness])
    url = settings.breached_passwords_url
    if url is not None and await is_breached(url, password):
        raise PasswordRefusedError.at(pointer, "breached", _BREACHED)
