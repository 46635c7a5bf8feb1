"""Take mails in, and note what became of them."""

from typing import Any
from uuid import UUID

from notification_service.models import MailRow
from notification_service.models.mail import MailStatus
from shared.clock import utc_now
from shared.events.types import EventEnvelope
from shared.ids import parse_public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


class MailService:
    """Decisions about account mails, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def take_in(self, event: EventEnvelope) -> None:
        """Queue the mail that the auth service asks for."""
        payload: dict[str, Any] = event.payload
        user_id = parse_public_id("usr", payload["user_id"])
        if user_id is None:
            raise ValueError(f"event {event.id} names no user")
        link_id = payload["link_id"]
        row = MailRow(
            id=event.id,
            workspace_id=event.workspace_id,
            kind=payload["kind"],
            user_id=user_id,
            link_id=UUID(link_id) if link_id else None,
            status="pending",
            created_at=event.occurred_at,
        )
        self._work.session.add(row)
        await self._work.session.flush()
        await self._work.enqueue("notification.send_mail", row.id)

    async def find_pending(self, mail_id: UUID) -> MailRow | None:
        """Return the mail if it still has to be sent."""
        row = await self._work.session.get(MailRow, mail_id)
        return row if row is not None and row.status == "pending" else None

    async def finish(self, mail_id: UUID, status: MailStatus) -> None:
        """Note that the mail has been sent, or will not be."""
        row = await self._work.session.get(MailRow, mail_id, with_for_update=True)
        if row is None or row.status != "pending":
            return
        row.status = status
        row.sent_at = utc_now() if status == "sent" else None
        log.info("mail.finished", mail_id=str(mail_id), kind=row.kind, status=status)
