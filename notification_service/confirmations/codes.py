"""Six digits that are stored nowhere."""

import hmac
from hashlib import sha256
from uuid import UUID

from pydantic import SecretStr

from shared.secrets import derive_key

_DIGITS = 6


class Codes:
    """Spells the code of a confirmation from its id, with a key that only we have."""

    def __init__(self, master_key: SecretStr) -> None:
        self._key = derive_key(master_key, "channel-codes")

    def spell(self, confirmation_id: UUID) -> str:
        """Return the code, as often as it is asked for the same one."""
        digest = hmac.digest(self._key, confirmation_id.bytes, sha256)
        return f"{int.from_bytes(digest) % 10**_DIGITS:0{_DIGITS}d}"

    def check(self, confirmation_id: UUID, code: str) -> bool:
        """Tell whether the code is that of the confirmation."""
        return hmac.compare_digest(self.spell(confirmation_id), code)
