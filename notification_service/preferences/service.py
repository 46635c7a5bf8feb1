"""What a workspace wants to see and hear."""

from datetime import datetime
from uuid import UUID

from notification_service.contract.channels import Locale
from notification_service.contract.event_types import EventType
from notification_service.contract.notifications import Preferences, QuietHours
from notification_service.domain.messages import DEFAULT_LOCALE
from notification_service.domain.quiet_hours import silent_until
from notification_service.models import PreferencesRow
from notification_service.preferences.repository import PreferenceRepository
from shared.http.preconditions import Precondition
from shared.unit_of_work import UnitOfWork

DEFAULT_INBOX: tuple[EventType, ...] = (
    "backtest.finished",
    "backtest.failed",
    "quota.warning",
    "webhook.disabled",
    "message.exhausted",
)


class PreferenceService:
    """Decisions about preferences, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._preferences = PreferenceRepository(work.session)

    async def get(self, workspace_id: UUID) -> PreferencesRow:
        """Return the workspace's preferences, or the defaults."""
        return await self._preferences.find(workspace_id) or _defaults(workspace_id)

    async def replace(
        self, workspace_id: UUID, wanted: Preferences, precondition: Precondition
    ) -> PreferencesRow:
        """Replace the preferences. Raises PreconditionFailedError."""
        await self._preferences.add(_defaults(workspace_id))
        row = await self._preferences.lock(workspace_id)
        precondition.check(row.revision)
        row.inbox_event_types = sorted(set(wanted.inbox_event_types))
        row.locale = wanted.locale
        quiet = wanted.quiet_hours
        row.quiet_hours = None if quiet is None else quiet.model_dump(mode="json")
        row.revision += 1
        return row

    async def begin(self, workspace_id: UUID, locale: Locale) -> None:
        """Give a new workspace its owner's language."""
        await self._preferences.add(_defaults(workspace_id, locale))

    async def silent_until(self, workspace_id: UUID, now: datetime) -> datetime | None:
        """Return when the workspace's devices may sound again; None: now."""
        row = await self.get(workspace_id)
        if row.quiet_hours is None:
            return None
        quiet = QuietHours.model_validate(row.quiet_hours)
        return silent_until(now, quiet.start, quiet.end, quiet.time_zone)


def _defaults(workspace_id: UUID, locale: Locale = DEFAULT_LOCALE) -> PreferencesRow:
    return PreferencesRow(
        workspace_id=workspace_id,
        inbox_event_types=sorted(DEFAULT_INBOX),
        locale=locale,
        quiet_hours=None,
        revision=0,
    )
