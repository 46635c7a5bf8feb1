"""What may happen to a channel."""

from collections.abc import Collection, Sequence
from uuid import UUID

from notification_service.channels.repository import ChannelRepository
from notification_service.contract.channels import (
    ChannelCreate,
    EmailChannelCreate,
    Locale,
    PushChannelCreate,
    PushTokenCreate,
)
from notification_service.contract.errors import (
    ChannelExistsError,
    ChannelLimitError,
    ChannelNotFoundError,
    ChannelNotVerifiedError,
)
from notification_service.contract.event_types import DEFAULT_PUSH, AnyEventType, EventType
from notification_service.models import ChannelRow
from notification_service.models.channel import Kind
from shared.clock import utc_now
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

KINDS: frozenset[Kind] = frozenset({"email", "push", "sms"})
MOST_CHANNELS = 50


class ChannelService:
    """Decisions about channels, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._channels = ChannelRepository(work.session)

    async def create(
        self, workspace_id: UUID, user_id: UUID | None, asked: ChannelCreate, *, verified: bool
    ) -> ChannelRow:
        """Add a channel. Raises ChannelExistsError, ChannelLimitError."""
        await self._require_place(workspace_id)
        row = await self.add(
            workspace_id,
            asked.kind,
            _target(asked),
            asked.event_types,
            user_id=user_id,
            locale=asked.locale,
            verified=verified,
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
        user_id: UUID | None = None,
        locale: Locale = "en",
        channel_id: UUID | None = None,
        secret: bytes | None = None,
        verified: bool = True,
    ) -> ChannelRow | None:
        """Add a channel of any kind; None when the workspace has it already."""
        row = ChannelRow(
            id=channel_id or new_id(),
            workspace_id=workspace_id,
            user_id=user_id,
            kind=kind,
            target=target,
            secret=secret,
            event_types=sorted(set(event_types)),
            locale=locale,
            enabled=True,
            verified=verified,
            revision=1,
            created_at=utc_now(),
        )
        if not await self._channels.add(row):
            return None
        log.info("channel.created", channel_id=str(row.id), kind=kind)
        return row

    async def register_device(
        self, workspace_id: UUID, user_id: UUID | None, asked: PushTokenCreate
    ) -> ChannelRow:
        """Add a device; one that is known is switched on again. Raises ChannelLimitError."""
        row = await self._channels.find_target(workspace_id, "push", asked.token)
        if row is None:
            await self._require_place(workspace_id)
            row = await self.add(
                workspace_id,
                "push",
                asked.token,
                DEFAULT_PUSH,
                user_id=user_id,
                locale=asked.locale,
            )
            row = row or await self._channels.find_target(workspace_id, "push", asked.token)
        if row is None:
            raise ChannelNotFoundError  # somebody has deleted it since
        row.user_id, row.locale, row.enabled = user_id, asked.locale, True
        row.failing_since = row.disabled_reason = None
        return row

    async def get(self, workspace_id: UUID, channel_id: UUID, *, lock: bool = False) -> ChannelRow:
        """Return a channel that is no webhook. Raises ChannelNotFoundError."""
        row = await self._channels.find(workspace_id, channel_id, KINDS, lock=lock)
        if row is None:
            raise ChannelNotFoundError
        return row

    async def get_verified(self, workspace_id: UUID, channel_id: UUID) -> ChannelRow:
        """Return a channel that can be sent something. Raises ChannelNotVerifiedError."""
        row = await self.get(workspace_id, channel_id)
        if not row.verified:
            raise ChannelNotVerifiedError
        return row

    async def find_any(self, channel_id: UUID) -> ChannelRow | None:
        """Return a channel of any kind and workspace, for a task."""
        return await self._channels.lock(channel_id)

    async def list_interested(self, workspace_id: UUID, event_type: AnyEventType) -> Sequence[UUID]:
        """Return the ids of the channels that are to be told of events of this type."""
        return await self._channels.interested(workspace_id, event_type)

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
        await self._channels.delete(await self.get(workspace_id, channel_id, lock=True))
        log.info("channel.deleted", channel_id=str(channel_id))

    async def confirm_address(self, workspace_id: UUID, address: str) -> None:
        """Note that an address is its user's; nothing happens where no channel goes there."""
        row = await self._channels.find_target(workspace_id, "email", address)
        if row is not None:
            row.verified = True

    async def delete_of(self, workspace_id: UUID, user_id: UUID) -> None:
        """Delete what somebody has added who is no member any more; never a webhook."""
        for channel_id in await self._channels.delete_of(workspace_id, user_id):
            log.info("channel.deleted", channel_id=str(channel_id))

    async def _require_place(self, workspace_id: UUID) -> None:
        if await self._channels.count(workspace_id, KINDS) >= MOST_CHANNELS:
            raise ChannelLimitError(f"a workspace has at most {MOST_CHANNELS} channels")


def _target(asked: ChannelCreate) -> str:
    if isinstance(asked, EmailChannelCreate):
        return asked.address
    if isinstance(asked, PushChannelCreate):
        return asked.token
    return asked.number
