"""Switch off targets that are gone or have failed for days."""

from datetime import datetime
from uuid import UUID

from notification_service.channels.repository import ChannelRepository
from notification_service.domain.retries import DISABLE_AFTER
from notification_service.models import ChannelRow
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


class ChannelHealth:
    """What tries say about a channel, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._channels = ChannelRepository(work.session)

    async def note_success(self, channel_id: UUID) -> None:
        """Forget earlier failures."""
        await self._channels.mark_working(channel_id)

    async def note_failure(
        self, channel_id: UUID, now: datetime, error: str, *, gone: bool
    ) -> ChannelRow | None:
        """Note a failed try; return the channel if it has been switched off for that."""
        row = await self._channels.lock(channel_id)
        if row is None or not row.enabled:
            return None
        row.failing_since = row.failing_since or now
        long = row.kind == "webhook" and now - row.failing_since >= DISABLE_AFTER
        if not gone and not long:
            return None
        row.enabled = False
        row.disabled_reason = error
        row.revision += 1
        log.warning("channel.disabled", channel_id=str(channel_id), kind=row.kind, gone=gone)
        return row
