"""What has changed since tokens were signed: the feed, and the picture a reader keeps of it.

The auth service writes one row per change in the transaction that makes the change; a reader asks
for the rows behind the last one that it knows. Every row is forgotten once all tokens that it could
concern have expired.
"""

from dataclasses import replace
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from auth_service.contract.errors import TokenInvalidError
from auth_service.contract.roles import scopes_of_role
from shared.identity import Principal

Kind = Literal["session", "api_key", "workspace", "member"]


class Revocation(BaseModel):
    """One change that outstanding credentials do not know of.

    kind         ``session``: ``subject_id``'s tokens are void
                 ``api_key``: whatever is remembered of key ``subject_id`` is stale
                 ``workspace``: workspace ``subject_id`` is on plan ``plan`` now
                 ``member``: user ``subject_id`` has role ``role`` in ``workspace_id``, or none
    expires_at   from then on no living token can be concerned
    """

    model_config = ConfigDict(frozen=True)

    seq: int
    kind: Kind
    subject_id: UUID
    workspace_id: UUID | None
    plan: str | None
    role: str | None
    expires_at: AwareDatetime


class RevocationBatch(BaseModel):
    """The changes behind a position, oldest first; ``has_more`` when the page was full."""

    items: list[Revocation]
    has_more: bool


class Revocations:
    """The changes that are still of interest, in memory.

    seq    position in the feed up to which this picture is complete
    """

    def __init__(self) -> None:
        self.seq = 0
        self._kept: list[Revocation] = []
        self._sessions: set[UUID] = set()
        self._keys: dict[UUID, int] = {}
        self._plans: dict[UUID, str] = {}
        self._roles: dict[tuple[UUID, UUID], str | None] = {}

    def add(self, change: Revocation) -> None:
        """Take note of one change; they arrive in the order of ``seq``."""
        if change.seq > self.seq:
            self.seq = change.seq
            self._kept.append(change)
            self._note(change)

    def forget(self, now: AwareDatetime) -> None:
        """Drop what no living token can be concerned by."""
        living = [change for change in self._kept if change.expires_at > now]
        if len(living) == len(self._kept):
            return
        self._kept = living
        for notes in (self._sessions, self._keys, self._plans, self._roles):
            notes.clear()
        for change in living:
            self._note(change)

    def _note(self, change: Revocation) -> None:
        if change.kind == "session":
            self._sessions.add(change.subject_id)
        elif change.kind == "api_key":
            self._keys[change.subject_id] = change.seq
        elif change.kind == "workspace" and change.plan is not None:
            self._plans[change.subject_id] = change.plan
        elif change.kind == "member" and change.workspace_id is not None:
            self._roles[change.subject_id, change.workspace_id] = change.role

    def current(self, principal: Principal) -> Principal:
        """Return the principal of a verified token as it stands now.

        Raises TokenInvalidError when the session has ended or the membership is gone.
        """
        if principal.credential_id in self._sessions:
            raise TokenInvalidError("the session has ended; sign in again")
        workspace_id, user_id = principal.workspace_id, principal.user_id
        if workspace_id is None or user_id is None:
            return principal
        plan = self._plans.get(workspace_id)
        if plan is not None:
            principal = replace(principal, plan=plan)
        if principal.kind == "session" and (user_id, workspace_id) in self._roles:
            role = self._roles[user_id, workspace_id]
            if role is None:
                raise TokenInvalidError("no longer a member of this workspace; refresh the session")
            principal = replace(principal, scopes=scopes_of_role(role))
        return principal

    def key_changed_after(self, key_id: UUID, seq: int) -> bool:
        """Tell whether a key has changed since the feed stood at ``seq``."""
        return self._keys.get(key_id, 0) > seq
