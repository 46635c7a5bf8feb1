"""Roles in a workspace, spelt out as scopes, so that one check fits people and API keys."""

from typing import Literal, get_args

from shared.http.access import Scope

WorkspaceRole = Literal["owner", "editor", "viewer"]

ALL_SCOPES: frozenset[str] = frozenset(get_args(Scope))
_VIEWING = frozenset(scope for scope in ALL_SCOPES if scope.endswith(":read")) | {"account:write"}


def scopes_of_role(role: str) -> frozenset[str]:
    """Return what a member may do: viewers read, and look after their own account; others write.

    What is for owners alone (members, plan) the auth service decides by itself. An unknown role may
    do nothing.
    """
    if role in {"owner", "editor"}:
        return frozenset({"*"})
    return _VIEWING if role == "viewer" else frozenset()
