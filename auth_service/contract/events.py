"""What the auth service tells the others."""

from typing import ClassVar
from uuid import UUID

from auth_service.contract.mails import MailKind
from shared.events.types import Event
from shared.ids import ApiKeyId, SessionId, UserId


class UserRegistered(Event):
    """Somebody has an account now; ``workspace_id`` is their personal workspace."""

    name: ClassVar[str] = "auth.user.registered"

    user_id: UserId


class SessionEnded(Event):
    """A session's tokens are void; ``reason`` is ``logout``, ``reuse``, ..."""

    name: ClassVar[str] = "auth.session.ended"

    session_id: SessionId
    user_id: UserId
    reason: str


class ApiKeyCreated(Event):
    """A workspace has a new API key."""

    name: ClassVar[str] = "auth.api_key.created"

    api_key_id: ApiKeyId
    user_id: UserId


class ApiKeyRevoked(Event):
    """An API key is void."""

    name: ClassVar[str] = "auth.api_key.revoked"

    api_key_id: ApiKeyId
    user_id: UserId


class MailRequested(Event):
    """The user is to get a mail; ``AuthClient.mail_link(link_id)`` gives its link, if it has one.

    The link is not in here: outboxes are kept, and whoever reads one must not get an account.
    """

    name: ClassVar[str] = "auth.mail.requested"

    kind: MailKind
    user_id: UserId
    link_id: UUID | None
