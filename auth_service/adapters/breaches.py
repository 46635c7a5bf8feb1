"""Ask a range API whether a password has been seen in a breach, without telling it which."""

from hashlib import sha1

import httpx2
from pydantic import SecretStr

from shared.logging import get_logger

log = get_logger(__name__)

_PREFIX = 5
_DEADLINE_S = 2.0
_LONGEST_ANSWER = 1024 * 1024
_HEADERS = {"Add-Padding": "true", "User-Agent": "naru"}
"""Padded answers are of one size: whoever watches the line learns nothing from it."""


async def is_breached(range_url: str, password: SecretStr) -> bool:
    """Tell whether the range API at ``range_url`` knows a password.

    Only the first five of forty hex digits of its SHA-1 are sent (k-anonymity). When the API cannot
    be asked, nothing is known against the password: its outage must not keep people out.
    """
    digest = sha1(password.get_secret_value().encode(), usedforsecurity=False).hexdigest().upper()
    url = f"{range_url.rstrip('/')}/{digest[:_PREFIX]}"
    try:
        async with httpx2.AsyncClient(timeout=_DEADLINE_S) as client:
            answer = await client.get(url, headers=_HEADERS)
        answer.raise_for_status()
        return _holds(answer.text[:_LONGEST_ANSWER], digest[_PREFIX:])
    except (httpx2.HTTPError, ValueError) as error:
        log.warning("breaches.not_asked", reason=repr(error))
        return False


def _holds(answer: str, suffix: str) -> bool:
    """Look for ``SUFFIX:COUNT``; a count of 0 is padding."""
    for line in answer.splitlines():
        found, _, count = line.partition(":")
        if found.strip().upper() == suffix:
            return int(count) > 0
    return False
