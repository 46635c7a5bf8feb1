"""Ask for mails, a bounded number per account, and spell their links."""

from datetime import datetime, timedelta
from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.contract.errors import LinkInvalidError, TooManyGuessesError
from auth_service.contract.events import MailRequested
from auth_service.contract.mails import MailKind, MailLink
from auth_service.guesses.service import Bucket, GuessService
from auth_service.hashing import KeyedHashes
from auth_service.links.service import LinkService
from auth_service.models import UserRow
from shared.clock import utc_now
from shared.http.app import PUBLIC_PREFIX
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

MAILS_PER_WINDOW = 3
INVITATIONS_PER_WINDOW = 20
_LIFETIMES = {
    "verify_email": timedelta(days=3),
    "reset_password": timedelta(minutes=30),
    "workspace_invitation": timedelta(days=7),
    # It has no link, but an address that the account has no longer: the owner's, if it was a thief.
    "email_changed": timedelta(days=1),
}
_LAPSE: MailKind = "plan_past_due"
_PAGES = {
    "verify_email": "/auth/email/verify",
    "reset_password": "/auth/password/reset",
    "workspace_invitation": "/workspaces/invitations",
}


class MailService:
    """Outgoing mails, inside a transaction."""

    def __init__(self, work: UnitOfWork, hashes: KeyedHashes) -> None:
        self._work = work
        self._accounts = AccountRepository(work.session)
        self._links = LinkService(work, hashes)
        self._guesses = GuessService(work, hashes)

    async def request(self, user: UserRow, kind: MailKind, to: str | None = None) -> None:
        """Ask for a mail to a user, or to another address of theirs; too many are left out.

        Only the newest link of a kind works.
        """
        workspace, _ = (await self._accounts.list_memberships(user.id))[0]
        try:
            await self._guesses.reserve([Bucket(f"mail:{kind}", user.id.hex, MAILS_PER_WINDOW)])
        except TooManyGuessesError:
            log.info("mail.left_out", kind=kind, user_id=str(user.id))
            return
        link_id = None
        if kind in _LIFETIMES:
            if kind in _PAGES:
                await self._links.void(user.id, kind)
            facts = {"to": to or user.email}
            link_id = (await self._links.create(kind, user.id, _LIFETIMES[kind], facts)).id
        self._work.emit(
            MailRequested(workspace_id=workspace.id, kind=kind, user_id=user.id, link_id=link_id)
        )

    async def warn_of_lapse(self, user: UserRow, about: str, ends_at: datetime) -> None:
        """Ask for a mail that says which workspace's plan ends when, unless it is paid for."""
        workspace, _ = (await self._accounts.list_memberships(user.id))[0]
        facts = {"to": user.email, "about": about}
        row = await self._links.create(_LAPSE, user.id, ends_at - utc_now(), facts)
        self._work.emit(
            MailRequested(workspace_id=workspace.id, kind=_LAPSE, user_id=user.id, link_id=row.id)
        )

    async def invite(
        self, inviter: UserRow, workspace_id: UUID, to: str, facts: dict[str, str]
    ) -> None:
        """Ask for a mail that invites the holder of an address into a workspace.

        Raises TooManyGuessesError when somebody invites many people at once.
        """
        bucket = Bucket("mail:invitation", inviter.id.hex, INVITATIONS_PER_WINDOW)
        await self._guesses.reserve([bucket])
        lifetime = _LIFETIMES["workspace_invitation"]
        row = await self._links.create("workspace_invitation", None, lifetime, facts | {"to": to})
        self._work.emit(
            MailRequested(
                workspace_id=workspace_id,
                kind="workspace_invitation",
                user_id=inviter.id,
                link_id=row.id,
            )
        )

    async def link(self, link_id: UUID, public_url: str) -> MailLink:
        """Return what to put into a mail. Raises LinkInvalidError when it is used or late."""
        row = await self._links.find_open(link_id)
        if row.purpose not in {*_LIFETIMES, _LAPSE}:
            raise LinkInvalidError
        page = _PAGES.get(row.purpose)
        # Behind the '#', the token stays out of servers' logs and of Referer headers.
        place = f"{public_url.rstrip('/')}{PUBLIC_PREFIX}{page}#token={self._links.spell(row)}"
        return MailLink(
            user_id=row.user_id,
            to=str(row.facts["to"]),
            url=place if page is not None else None,
            expires_at=row.expires_at,
            about=row.facts.get("about"),
        )
