"""What the auth service tells the others."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from auth_service.contract.mails import MailKind
from auth_service.contract.roles import WorkspaceRole
from auth_service.contract.subscriptions import Meter
from shared.events.types import Event
from shared.ids import ApiKeyId, SessionId, UserId


class UserRegistered(Event):
    """Somebody has an account now; ``workspace_id`` is their personal workspace."""

    name: ClassVar[str] = "auth.user.registered"

    user_id: UserId


class EmailVerified(Event):
    """Somebody has shown that they read mail at their address; ``workspace_id`` is personal."""

    name: ClassVar[str] = "auth.email.verified"

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


class ApiKeyChanged(Event):
    """What a key may do has changed."""

    name: ClassVar[str] = "auth.api_key.changed"

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


class SubscriptionChanged(Event):
    """A workspace is on another plan."""

    name: ClassVar[str] = "auth.subscription.changed"

    plan: str


class SubscriptionPastDue(Event):
    """A paid plan was to be renewed and has not been; it ends at ``ends_at`` unless it is."""

    name: ClassVar[str] = "auth.subscription.past_due"

    plan: str
    ends_at: AwareDatetime


class QuotaWarning(Event):
    """Four fifths of a day's allowance are used; amounts in the meter's unit."""

    name: ClassVar[str] = "auth.quota.warning"

    meter: Meter
    used: int
    limit: int


class MembershipChanged(Event):
    """Somebody's role in a workspace has changed; null: they are no longer a member."""

    name: ClassVar[str] = "auth.membership.changed"

    user_id: UserId
    role: WorkspaceRole | None


class UserSuspended(Event):
    """An administrator has shut an account out; ``workspace_id`` is its personal workspace."""

    name: ClassVar[str] = "auth.user.suspended"

    user_id: UserId


class WorkspaceDeleted(Event):
    """A workspace is gone for good: erase what belongs to it, and report what that was.

    See ``AuthClient.report_erasure``.
    """

    name: ClassVar[str] = "auth.workspace.deleted"


class MasterKeyChanged(Event):
    """Put your sealed secrets under the newest master key, and put on record that you have.

    ``workspace_id`` is where the administrator was who asked for it.
    """

    name: ClassVar[str] = "auth.master_key.changed"


class ExportRequested(Event):
    """Somebody wants all that is a workspace's: write your part, and report it.

    See ``auth_service.duties``.
    """

    name: ClassVar[str] = "auth.export.requested"

    export_id: UUID
