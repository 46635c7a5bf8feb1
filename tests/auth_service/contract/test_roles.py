"""What a role may do, in every operation of every service."""

from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr

from auth_service.contract.roles import ALL_SCOPES, scopes_of_role
from shared.http.access import ACCESS_KEY
from shared.identity import Principal

SERVICES = ("auth", "data", "logic", "trading", "notification")
HARMLESS = {
    "validate_strategy": "checks a source and keeps nothing",
    "confirm_identity": "one's own session",
    "confirm_identity_with_passkey": "one's own session",
    "act_in_workspace": "one's own session",
    "compare_backtests": "computes on what one may read",
    "verify_receipt": "computes on what was sent",
    "estimate_backtest": "computes and keeps nothing",
}
"""Operations other than GET that a viewer may use, and why."""


def operations(folder: Path) -> list[tuple[str, str, str | None]]:
    """Return ``(operation id, method, scope)`` of every public operation."""
    nobody = {f"{name}_url": "http://127.0.0.1:9" for name in SERVICES}
    found = []
    for service in SERVICES:
        settings = getattr(
            import_module(f"{service}_service.settings"), f"{service.capitalize()}Settings"
        )(
            database_url=SecretStr("postgresql://unused"),
            redis_url=SecretStr("redis://unused"),
            master_key=SecretStr("00" * 32),
            state_dir=folder,
            **nobody,
        )
        app = import_module(f"{service}_service.app").create_app(settings)
        for methods in app.openapi()["paths"].values():
            for method, operation in methods.items():
                if ACCESS_KEY in operation:
                    scope = operation[ACCESS_KEY].get("scope")
                    found.append((operation["operationId"], method, scope))
    return found


def test_viewers_change_nothing_in_a_workspace(tmp_path: Path) -> None:
    viewer = Principal(kind="session", scopes=scopes_of_role("viewer"))
    found = operations(tmp_path)
    assert len(found) > 80

    changing = {
        name
        for name, method, scope in found
        if method != "get" and scope is not None and viewer.allows(scope)
        # One's own account, wherever one is; what is for owners the auth service checks itself.
        if scope != "account:write"
    }

    assert changing <= set(HARMLESS), changing - set(HARMLESS)


def test_viewers_read_all_and_editors_may_do_all_of_it(tmp_path: Path) -> None:
    viewer = Principal(kind="session", scopes=scopes_of_role("viewer"))
    editor = Principal(kind="session", scopes=scopes_of_role("editor"))
    for name, method, scope in operations(tmp_path):
        if scope is None or scope not in ALL_SCOPES:
            continue
        assert editor.allows(scope)
        if method == "get":
            assert viewer.allows(scope), name


@pytest.mark.parametrize("role", ["", "admin", "Owner", "nobody"])
def test_an_unknown_role_may_do_nothing(role: str) -> None:
    assert scopes_of_role(role) == frozenset()
