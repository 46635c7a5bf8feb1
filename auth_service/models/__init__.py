"""The tables of the ``auth`` schema."""

from auth_service.models.api_key import ApiKeyRow
from auth_service.models.base import TABLES, Base
from auth_service.models.revocation import RevocationRow
from auth_service.models.session import RefreshTokenRow, SessionRow
from auth_service.models.signing_key import SigningKeyRow
from auth_service.models.user import UserRow
from auth_service.models.workspace import MembershipRow, WorkspaceRow

__all__ = [
    "TABLES",
    "ApiKeyRow",
    "Base",
    "MembershipRow",
    "RefreshTokenRow",
    "RevocationRow",
    "SessionRow",
    "SigningKeyRow",
    "UserRow",
    "WorkspaceRow",
]
