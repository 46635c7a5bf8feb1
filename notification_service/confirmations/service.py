"""Ask for a code, and take it."""

from datetime import timedelta
from uuid import UUID

from notification_service.confirmations.codes import Codes
from notification_service.confirmations.repository import ConfirmationRepository
from notification_service.contract.errors import ChannelCodeInvalidError, ConfirmationLimitError
from notification_service.models import ChannelRow, ConfirmationRow
from shared.clock import utc_now
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

LIFETIME = timedelta(minutes=15)
MOST_A_DAY = 20
MOST_WRONG = 5


class ConfirmationService:
    """Decisions about confirmations, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork, codes: Codes) -> None:
        self._work = work
        self._codes = codes
        self._confirmations = ConfirmationRepository(work.session)

    async def request(self, channel: ChannelRow) -> None:
        """Have a code sent to a channel. Raises ConfirmationLimitError.

        The limit keeps a workspace from sending strangers mail after mail.
        """
        now = utc_now()
        day_ago = now - timedelta(days=1)
        if await self._confirmations.count_since(channel.workspace_id, day_ago) >= MOST_A_DAY:
            raise ConfirmationLimitError
        row = ConfirmationRow(
            id=new_id(),
            workspace_id=channel.workspace_id,
            channel_id=channel.id,
            wrong_codes=0,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        await self._confirmations.add(row)
        await self._work.enqueue("notification.send_code", row.id)

    async def find_open(self, confirmation_id: UUID) -> ConfirmationRow | None:
        """Return a confirmation whose code is still good."""
        row = await self._confirmations.find(confirmation_id)
        return row if row is not None and row.expires_at > utc_now() else None

    async def take(self, channel: ChannelRow, code: str) -> bool:
        """Confirm the channel if the code is right. A wrong one is counted, so: no exception here.

        Raises ChannelCodeInvalidError once there is nothing left to guess.
        """
        if channel.verified:
            return True
        row = await self._confirmations.lock_newest(channel.workspace_id, channel.id)
        if row is None or row.expires_at <= utc_now() or row.wrong_codes >= MOST_WRONG:
            raise ChannelCodeInvalidError
        if not self._codes.check(row.id, code):
            row.wrong_codes += 1
            return False
        channel.verified = True
        log.info("channel.verified", channel_id=str(channel.id), kind=channel.kind)
        return True
