"""The audit log: complete, append-only, and it shows when somebody has been at it."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from auth_service.client import AuthClient
from auth_service.contract.audit import AuditRecord
from auth_service.deps import AuthDeps
from shared.clock import utc_now
from shared.ids import new_id
from tests.auth_service.visitor import Visitor


def _record(workspace_id: UUID | None, entry_id: UUID | None = None) -> AuditRecord:
    assert workspace_id is not None
    return AuditRecord(
        id=entry_id or new_id(),
        workspace_id=workspace_id,
        action="order.placed",
        actor_kind="api_key",
        actor_id=new_id(),
        subject="ord_1",
        address="203.0.113.7",
        facts={"symbol": "KRW-BTC", "live": True, "count": 3, "note": None},
        occurred_at=utc_now(),
    )


async def _tamper(deps: AuthDeps, statement: str) -> None:
    async with deps.units_of_work() as work:
        for command in (
            "ALTER TABLE auth.audit_entries DISABLE TRIGGER USER",
            statement,
            "ALTER TABLE auth.audit_entries ENABLE TRIGGER USER",
        ):
            await work.session.execute(text(command))


async def test_signing_in_is_on_record(visitor: Visitor) -> None:
    mina = await visitor.register()

    log = (await mina.call("GET", "/audit-log")).json()["items"]

    assert [entry["action"] for entry in log] == ["session.started"]
    assert log[0]["address"] == "203.0.113.7"
    assert log[0]["facts"] == {"methods": "pwd", "failed_before": 0}
    assert (await mina.call("GET", "/audit-log/verify")).json() == {
        "intact": True,
        "entry_count": 1,
        "broken": None,
    }


async def test_others_see_their_own_log_only(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    await client.record_audit(_record(mina.principal.workspace_id))

    assert len((await eve.call("GET", "/audit-log")).json()["items"]) == 1
    for path in ("/audit-log", "/audit-log/verify"):
        assert (await visitor.call("GET", path)).status_code == 401


async def test_recording_twice_is_once_and_parallel_records_make_one_chain(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    records = [_record(mina.principal.workspace_id) for _ in range(8)]

    await asyncio.gather(*(client.record_audit(record) for record in records * 2))

    verification = (await mina.call("GET", "/audit-log/verify")).json()
    assert (verification["intact"], verification["entry_count"]) == (True, 9)


async def test_the_log_is_paged_newest_first(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    for _ in range(3):
        await client.record_audit(_record(mina.principal.workspace_id))

    first = (await mina.call("GET", "/audit-log", params={"limit": 3})).json()
    rest = (await mina.call("GET", "/audit-log", params={"cursor": first["next_cursor"]})).json()

    numbers = [entry["number"] for entry in first["items"] + rest["items"]]
    assert numbers == [4, 3, 2, 1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auth.audit_entries SET address = NULL",
        "DELETE FROM auth.audit_entries",
        "TRUNCATE auth.audit_entries",
    ],
)
async def test_the_database_refuses_to_change_it(
    visitor: Visitor, deps: AuthDeps, statement: str
) -> None:
    await visitor.register()

    async def change() -> None:
        async with deps.units_of_work() as work:
            await work.session.execute(text(statement))

    with pytest.raises(DBAPIError, match="append-only"):
        await change()


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        (
            "UPDATE auth.audit_entries SET address = '198.51.100.1' WHERE number = 2",
            {"number": 2, "reason": "changed"},
        ),
        (
            "UPDATE auth.audit_entries SET facts = facts || '{\"live\": false}' WHERE number = 3",
            {"number": 3, "reason": "changed"},
        ),
        (
            "UPDATE auth.audit_entries SET occurred_at = now() WHERE number = 1",
            {"number": 1, "reason": "changed"},
        ),
        (
            "DELETE FROM auth.audit_entries WHERE number = 2",
            {"number": 2, "reason": "missing"},
        ),
        ("DELETE FROM auth.audit_entries WHERE number > 2", {"number": 3, "reason": "cut"}),
        ("DELETE FROM auth.audit_entries", {"number": 1, "reason": "cut"}),
        ("UPDATE auth.audit_heads SET number = 2", {"number": 4, "reason": "changed"}),
        ("DELETE FROM auth.audit_heads", {"number": 4, "reason": "changed"}),
    ],
)
async def test_a_broken_link_is_named(
    visitor: Visitor,
    client: AuthClient,
    deps: AuthDeps,
    statement: str,
    broken: dict[str, object],
) -> None:
    mina = await visitor.register()
    for _ in range(3):
        await client.record_audit(_record(mina.principal.workspace_id))

    await _tamper(deps, statement)

    verification = (await mina.call("GET", "/audit-log/verify")).json()
    assert (verification["intact"], verification["broken"]) == (False, broken)
