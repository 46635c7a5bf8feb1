"""Send a mail about an account. Its link passes through here and is kept nowhere."""

from datetime import datetime, timedelta
from uuid import UUID

from auth_service.contract.errors import LinkInvalidError, UserNotFoundError
from auth_service.contract.mails import MailLink
from notification_service.adapters.port import Parcel, SendRefusedError
from notification_service.deps import NotificationDeps
from notification_service.domain.messages import known_locale, write_account_mail
from notification_service.mails.service import MailService
from notification_service.models import MailRow
from notification_service.models.mail import MailStatus
from notification_service.sending import send
from shared.ids import public_id
from shared.jobs.tasks import Task, task


@task("notification.send_mail", timeout=timedelta(seconds=30), max_tries=14)
async def send_mail(deps: NotificationDeps, mail_id: UUID) -> None:
    """Send one mail. Raises SendFailedError, so that the job is tried again, for half an hour."""
    async with deps.units_of_work() as work:
        row = await MailService(work).find_pending(mail_id)
    if row is None:  # sent already
        return
    status: MailStatus = "sent"
    try:
        await send(deps, row.workspace_id, "email", await _write(deps, row))
    except (LinkInvalidError, UserNotFoundError, SendRefusedError):
        status = "dropped"
    async with deps.units_of_work() as work:
        await MailService(work).finish(mail_id, status)


async def drop(deps: NotificationDeps, mail_id: UUID) -> None:
    """Note that every try has failed; the person can ask again."""
    async with deps.units_of_work() as work:
        await MailService(work).finish(mail_id, "dropped")


async def _write(deps: NotificationDeps, row: MailRow) -> Parcel:
    link: MailLink | None = None
    if row.link_id is not None:
        link = await deps.auth.mail_link(row.link_id)
    user = await deps.auth.get_user(row.user_id)
    facts = {
        "name": user.name,
        "url": deps.settings.public_url.rstrip("/"),
        "link": link.url if link else None,
        "expires_at": _spell(link.expires_at) if link else None,
        "about": link.about if link else None,
    }
    return Parcel(
        delivery_id=public_id("mail", row.id),
        target=link.to if link else user.email,
        message=write_account_mail(row.kind, known_locale(user.locale), facts),
    )


def _spell(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


TASKS: tuple[Task, ...] = (send_mail.when_given_up(drop),)
