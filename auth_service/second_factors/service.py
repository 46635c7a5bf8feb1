"""The state of a person's second factor, inside a transaction."""

import os
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.contract.errors import (
    SecondFactorExistsError,
    SecondFactorMissingError,
    SecondFactorWrongError,
)
from auth_service.contract.second_factors import Enrollment
from auth_service.domain.one_time_codes import (
    RECOVERY_COUNT,
    SECRET_BYTES,
    enrollment_uri,
    find_step,
    new_recovery_code,
    spell_secret,
)
from auth_service.hashing import KeyedHashes
from auth_service.models import RecoveryCodeRow, TotpRow, UserRow
from shared.clock import utc_now
from shared.unit_of_work import UnitOfWork
from shared.vault import Vault

TOTP_SEED = "auth.totp"
_RECOVERY_CODE_LENGTH = 27

Factor = Literal["otp", "recovery"]


class SecondFactorService:
    """Enroll, check and take away an authenticator."""

    def __init__(self, work: UnitOfWork, vault: Vault, hashes: KeyedHashes) -> None:
        self._session: AsyncSession = work.session
        self._vault = vault
        self._hashes = hashes

    async def is_enrolled(self, user_id: UUID) -> bool:
        """Tell whether signing in takes a code."""
        row = await self._session.get(TotpRow, user_id)
        return row is not None and row.confirmed_at is not None

    async def enroll(self, user: UserRow) -> Enrollment:
        """Begin anew with a fresh secret. Raises SecondFactorExistsError once one is confirmed."""
        secret = os.urandom(SECRET_BYTES)
        sealed = self._vault.seal(secret, TOTP_SEED, user.id.hex)
        now = utc_now()
        fresh = insert(TotpRow).values(
            user_id=user.id, sealed_secret=sealed, created_at=now, last_step=0
        )
        # Two requests at once: the second waits here for the first, and finds its row.
        await self._session.execute(fresh.on_conflict_do_nothing())
        row = await self._lock(user.id)
        if row is None or row.confirmed_at is not None:
            raise SecondFactorExistsError
        row.sealed_secret, row.created_at, row.last_step = sealed, now, 0
        return Enrollment(secret=spell_secret(secret), uri=enrollment_uri(secret, user.email))

    async def confirm(self, user_id: UUID, code: str) -> list[str]:
        """Switch two-factor sign-in on; return the recovery codes.

        Raises SecondFactorMissingError, SecondFactorExistsError, SecondFactorWrongError.
        """
        row = await self._lock(user_id)
        if row is None:
            raise SecondFactorMissingError
        if row.confirmed_at is not None:
            raise SecondFactorExistsError
        if not self._accept(row, code):
            raise SecondFactorWrongError
        row.confirmed_at = utc_now()
        codes = [new_recovery_code() for _ in range(RECOVERY_COUNT)]
        self._session.add_all(
            RecoveryCodeRow(user_id=user_id, code_hash=self._hash(user_id, text)) for text in codes
        )
        return codes

    async def check(self, user_id: UUID, code: str) -> Factor | None:
        """Use up a code; None when it is wrong. Raises SecondFactorMissingError without any."""
        row = await self._lock(user_id)
        if row is None or row.confirmed_at is None:
            raise SecondFactorMissingError
        if len(code) == _RECOVERY_CODE_LENGTH:
            used = (
                update(RecoveryCodeRow)
                .where(
                    RecoveryCodeRow.user_id == user_id,
                    RecoveryCodeRow.code_hash == self._hash(user_id, code),
                    RecoveryCodeRow.used_at.is_(None),
                )
                .values(used_at=utc_now())
                .returning(RecoveryCodeRow.user_id)
            )
            return "recovery" if await self._session.scalar(used) is not None else None
        return "otp" if self._accept(row, code) else None

    async def remove(self, user_id: UUID) -> None:
        """Forget the authenticator and its recovery codes."""
        await self._session.execute(delete(TotpRow).where(TotpRow.user_id == user_id))
        await self._session.execute(
            delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id)
        )

    def _accept(self, row: TotpRow, code: str) -> bool:
        secret = self._vault.open(row.sealed_secret, TOTP_SEED, row.user_id.hex)
        step = find_step(secret, code, utc_now().timestamp(), row.last_step)
        if step is None:
            return False
        row.last_step = step
        return True

    async def _lock(self, user_id: UUID) -> TotpRow | None:
        query = select(TotpRow).where(TotpRow.user_id == user_id).with_for_update()
        return await self._session.scalar(query)

    def _hash(self, user_id: UUID, code: str) -> bytes:
        return self._hashes.digest("recovery-code", user_id.bytes, code.encode())
