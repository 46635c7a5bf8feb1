"""Make, keep and rotate the keys that access tokens are signed with."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from joserfc.jwk import OKPKey

from auth_service.contract.tokens import ALGORITHM, LIFETIME_S
from auth_service.models import SigningKeyRow
from auth_service.signing_keys.repository import SigningKeyRepository
from shared.clock import utc_now
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork, UnitsOfWork
from shared.vault import Vault

log = get_logger(__name__)

ROTATE_AFTER = timedelta(days=30)
_REREAD_S = 60.0
# Other processes go on signing with the old key until they read the table again.
_OUTLIVES = timedelta(seconds=LIFETIME_S + 2 * _REREAD_S + 300)
SIGNING_KEY = "auth.signing_key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in use."""

    kid: str
    private: OKPKey
    created_at: datetime


class SigningKeyService:
    """The decisions on signing keys, inside a transaction."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._keys = SigningKeyRepository(work.session)
        self._vault = vault

    async def current(self) -> SigningKey:
        """Return the key to sign with; make one when there is none or the newest is too old."""
        row = await self._keys.find_newest()
        if row is None or row.created_at < utc_now() - ROTATE_AFTER:
            await self._keys.lock()
            row = await self._keys.find_newest()
        if row is None or row.created_at < utc_now() - ROTATE_AFTER:
            row = await self.rotate()
        sealed = self._vault.open(row.sealed_private, SIGNING_KEY, row.kid)
        return SigningKey(row.kid, OKPKey.import_key(orjson.loads(sealed)), row.created_at)

    async def rotate(self) -> SigningKeyRow:
        """Add a key that signs from now on; older ones stay in the set while their tokens live."""
        now = utc_now()
        key = OKPKey.generate_key("Ed25519", auto_kid=True)
        kid = key.thumbprint()
        public = {"kty": "OKP", "crv": "Ed25519", "x": key.as_dict(private=False)["x"]}
        private = orjson.dumps(key.as_dict(private=True))
        row = SigningKeyRow(
            kid=kid,
            public_jwk=public | {"kid": kid, "use": "sig", "alg": ALGORITHM},
            sealed_private=self._vault.seal(private, SIGNING_KEY, kid),
            created_at=now,
        )
        await self._keys.retire_all(now + _OUTLIVES)
        self._keys.add(row)
        log.info("signing_key.rotated", kid=kid)
        return row

    async def public_set(self) -> dict[str, Any]:
        """Return the JWKS (RFC 7517) with every key whose tokens may still be alive."""
        return {"keys": [row.public_jwk for row in await self._keys.list_living(utc_now())]}


class SigningKeys:
    """This process's copy of the current key, read again every minute."""

    def __init__(self, units_of_work: UnitsOfWork, vault: Vault) -> None:
        self._units_of_work = units_of_work
        self._vault = vault
        self._key: SigningKey | None = None
        self._read_at = 0.0

    async def current(self) -> SigningKey:
        """Return the key to sign with. Opens its own transaction, now and then."""
        if self._key is None or time.monotonic() - self._read_at > _REREAD_S:
            async with self._units_of_work() as work:
                key = await SigningKeyService(work, self._vault).current()
            self._key, self._read_at = key, time.monotonic()
        return self._key

    def forget(self) -> None:
        """Read the table again before the next signature."""
        self._key = None
