"""The tables of the ``auth`` schema."""

from auth_service.models.api_key import ApiKeyRow
from auth_service.models.audit import AuditEntryRow, AuditHeadRow
from auth_service.models.base import TABLES, Base
from auth_service.models.deletion import DeletionRow
from auth_service.models.export import ExportRow
from auth_service.models.guess import GuessRow
from auth_service.models.identity import IdentityRow
from auth_service.models.keyring import KeyringRow
from auth_service.models.one_time_token import OneTimeTokenRow
from auth_service.models.passkey import PasskeyRow
from auth_service.models.revocation import RevocationRow
from auth_service.models.second_factor import RecoveryCodeRow, TotpRow
from auth_service.models.session import RefreshTokenRow, SessionRow
from auth_service.models.signing_key import SigningKeyRow
from auth_service.models.subscription import (
    BillingEventRow,
    ReservationRow,
    SubscriptionRow,
    UsageRow,
)
from auth_service.models.user import UserRow
from auth_service.models.workspace import MembershipRow, WorkspaceRow

__all__ = [
    "TABLES",
    "ApiKeyRow",
    "AuditEntryRow",
    "AuditHeadRow",
    "Base",
    "BillingEventRow",
    "DeletionRow",
    "ExportRow",
    "GuessRow",
    "IdentityRow",
    "KeyringRow",
    "MembershipRow",
    "OneTimeTokenRow",
    "PasskeyRow",
    "RecoveryCodeRow",
    "RefreshTokenRow",
    "ReservationRow",
    "RevocationRow",
    "SessionRow",
    "SigningKeyRow",
    "SubscriptionRow",
    "TotpRow",
    "UsageRow",
    "UserRow",
    "WorkspaceRow",
]
