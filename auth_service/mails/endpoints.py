"""``GET /internal/mail-links/{id}``: what the notification service puts into a mail."""

from uuid import UUID

from fastapi import APIRouter, Depends

from auth_service.contract.mails import MailLink
from auth_service.deps import Deps
from auth_service.mails.service import MailService
from shared.http.dependencies import Work, require_service

router = APIRouter(prefix="/internal/mail-links", dependencies=[Depends(require_service)])


@router.get("/{link_id}")
async def get_mail_link(link_id: UUID, work: Work, deps: Deps) -> MailLink:
    """Spell a link. It is stored nowhere; asking again gives the same one while it is good."""
    return await MailService(work, deps.hashes).link(link_id, deps.settings.public_url)
