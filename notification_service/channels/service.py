"""What may happen to a channel."""

from collections.abc import Collection, Sequence
from uuid import UUID

from notification_service.adapters.senders import Senders
from notification_service.channels.repository import ChannelRepository
from notification_service.contract.channels import (
    ChannelCreate,
    EmailChannelCreate,
    Locale,
    PushChannelCreate,
)
from notification_service.contract.errors import (
    ChannelExistsError,
    ChannelNotFoundError,
    ChannelUnsupportedError,
)
from notification_service.contract.event_types import EventType
from notification_service.models import ChannelRow
from notification_service.models.channel import Kind
from shared.clock import utc_now
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

KINDS: frozenset[Kind] = frozenset({"email", "push", "sms"})


class ChannelService:
    """Decisions about channels, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._channels = ChannelRepository(work.session)

    async def create(
        self, workspace_id: UUID, asked: ChannelCreate, senders: Senders
    ) -> ChannelRow:
        """Add a channel. Raises ChannelUnsupportedError, ChannelExistsError."""
        if asked.kind not in senders:
            raise ChannelUnsupportedError.at(
                "/kind", "channel-unsupported", f"no provider for {asked.kind} is configured here"
            )
        row = await self.add(
            workspace_id, asked.kind, _target(asked), asked.event_types, locale=asked.locale
        )
        if row is None:
            raise ChannelExistsError
        return row

    async def add(
        self,
        workspace_id: UUID,
        kind: Kind,
        target: str,
        event_types: Sequence[EventType],
        *,
        locale: Locale = "en",
        channel_id: UUID | None = None,
        secret: bytes | None = None,
    ) -> ChannelRow | None:
        """Add a channel of any kind; None when the workspace has it already."""
        row = ChannelRow(
            id=channel_id or new_id(),
            workspace_id=workspace_id,
            kind=kind,
            target=target,
            secret=secret,
            event_types=sorted(set(event_types)),
            locale=locale,
            enabled=True,
            created_at=utc_now(),
        )
        if not await self._channels.add(row):
            return None
        log.info("channel.created", channel_id=str(row.id), kind=kind)
        return row

    async def list(
        self,
        workspace_id: UUID,
        kinds: Collection[Kind],
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[ChannelRow], str | None]:
        """Return one page of the workspace's channels of these kinds, newest first."""
        return await self._channels.list(workspace_id, kinds, cursors, cursor, limit)

    async def delete(self, workspace_id: UUID, channel_id: UUID) -> None:
        """Delete a channel. Raises ChannelNotFoundError."""
        row = await self._channels.find(workspace_id, channel_id, KINDS, lock=True)
        if row is None:
            raise ChannelNotFoundError
        await self._channels.delete(row)
        log.info("channel.deleted", channel_id=str(channel_id))


def _target(asked: ChannelCreate) -> str:
    if isinstance(asked, EmailChannelCreate):
        return asked.address
    if isinstance(asked, PushChannelCreate):
        return asked.token
    return asked.number
