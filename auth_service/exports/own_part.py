"""What the auth service itself has of a workspace and of the person who asks."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import (
    ApiKeyRow,
    AuditEntryRow,
    Base,
    ExportRow,
    IdentityRow,
    MembershipRow,
    PasskeyRow,
    SessionRow,
    SubscriptionRow,
    UsageRow,
    UserRow,
    WorkspaceRow,
)

_WITHHELD = frozenset(
    {"password_hash", "key_hash", "mac", "previous", "public_key", "credential_id"}
)
"""Of no use to the person, and of some to a thief."""


async def own_files(session: AsyncSession, export: ExportRow) -> list[tuple[str, bytes]]:
    """Return the auth service's files of an export."""
    person, place = export.user_id, export.workspace_id
    wanted: dict[str, tuple[type[Base], Any]] = {
        "profile": (UserRow, UserRow.id == person),
        "identities": (IdentityRow, IdentityRow.user_id == person),
        "sessions": (SessionRow, SessionRow.user_id == person),
        "passkeys": (PasskeyRow, PasskeyRow.user_id == person),
        "workspace": (WorkspaceRow, WorkspaceRow.id == place),
        "members": (MembershipRow, MembershipRow.workspace_id == place),
        "api_keys": (ApiKeyRow, ApiKeyRow.workspace_id == place),
        "subscription": (SubscriptionRow, SubscriptionRow.workspace_id == place),
        "usage": (UsageRow, UsageRow.workspace_id == place),
        "audit_log": (AuditEntryRow, AuditEntryRow.workspace_id == place),
    }
    files = []
    for name, (table, condition) in wanted.items():
        rows = (await session.scalars(select(table).where(condition))).all()
        files.append((f"account/{name}.json", _spell(rows)))
    return files


def _spell(rows: Sequence[Base]) -> bytes:
    return orjson.dumps([_plain(row) for row in rows], option=orjson.OPT_INDENT_2, default=str)


def _plain(row: Base) -> dict[str, Any]:
    names = [attribute.key for attribute in inspect(type(row)).column_attrs]
    return {
        name: value
        for name in names
        if name not in _WITHHELD and not isinstance(value := getattr(row, name), bytes)
    }
