"""Deletion truly deletes, and says what."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select, text

from auth_service.client import AuthClient
from auth_service.contract.deletions import ErasureReport
from auth_service.contract.errors import ApiKeyInvalidError
from auth_service.deps import AuthDeps
from auth_service.models import Base, OneTimeTokenRow, WorkspaceRow
from shared.clock import utc_now
from shared.ids import new_id, public_id
from tests.auth_service.teams import join, make_team
from tests.auth_service.visitor import ANY_STATE, PASSWORD, Visitor


async def test_everything_is_gone_and_said_to_be(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    eve = await visitor.register("eve@example.com")
    mina = await visitor.register()
    key = (await mina.call("POST", "/api-keys", {})).json()["key"]
    await mina.call("POST", "/auth/mfa/enroll")
    await mina.call("POST", "/workspaces", {"name": "only mine"})

    answer = await mina.call("DELETE", "/me")

    assert answer.status_code == 202
    assert answer.json()["erased"]["auth"] == {
        "sessions": 1,
        "api_keys": 1,
        "identities": 0,
        "workspaces": 2,
        "audit_entries": 3,
    }
    assert (await mina.refresh()).status_code == 401
    assert (await mina.call("GET", "/me")).status_code == 401
    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(key, "203.0.113.7")
    login = {"email": "mina@example.com", "password": PASSWORD}
    assert (await visitor.call("POST", "/auth/login", login)).status_code == 401
    async with deps.units_of_work() as work:
        for table in Base.metadata.sorted_tables:
            rows = await work.session.scalars(text(f"SELECT t::text FROM {table.fullname} t"))
            kept = "\n".join(rows)
            assert "mina@example.com" not in kept
    assert (await eve.call("GET", "/me")).status_code == 200
    await visitor.register()


async def test_invitations_forget_who_is_gone(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    team = await make_team(eve)
    await join(eve, team, mina, "Mina@example.com", "editor", client)

    assert (await mina.call("DELETE", "/me")).status_code == 202

    async with deps.units_of_work() as work:
        kept = (await work.session.scalars(select(OneTimeTokenRow.facts))).all()
    assert [facts["to"] for facts in kept] == ["eve@example.com"]


async def test_the_report_fills_as_the_services_erase(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    workspace_id = mina.principal.workspace_id or new_id()
    location = (await mina.call("DELETE", "/me")).headers["Location"]
    told = [
        event.workspace_id
        for event in (await client.read_events(0, 100)).events
        if event.name == "auth.workspace.deleted"
    ]
    assert told == [workspace_id]

    for service in ("data", "logic", "trading"):
        report = ErasureReport.model_validate({"service": service, "counts": {"things": 3}})
        await client.report_erasure(workspace_id, report)
    assert (await visitor.call("GET", location)).json()["completed_at"] is None
    for _ in range(2):
        last = ErasureReport.model_validate({"service": "notification", "counts": {}})
        await client.report_erasure(workspace_id, last)

    done = (await visitor.call("GET", location)).json()
    assert done["completed_at"] is not None
    assert done["erased"]["logic"] == {"things": 3}
    assert (await visitor.call("GET", f"/deletions/{public_id('del', uuid4())}")).status_code == 404


async def test_the_last_owner_of_a_team_hands_it_over_first(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)

    refused = await mina.call("DELETE", "/me")
    assert (refused.status_code, refused.json()["code"]) == (409, "last-owner")

    hers = public_id("usr", ines.principal.user_id or new_id())
    path = f"/workspaces/{team}/members/{hers}"
    await mina.call("PATCH", path, {"role": "owner"}, headers=ANY_STATE)
    assert (await mina.call("DELETE", "/me")).status_code == 202
    members = (await ines.call("GET", f"/workspaces/{team}/members")).json()["items"]
    assert [member["email"] for member in members] == ["ines@example.com"]


async def test_the_last_two_who_leave_at_once_take_the_team_along(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "owner", client)

    answers = await asyncio.gather(*(person.call("DELETE", "/me") for person in (mina, ines)))

    assert [answer.status_code for answer in answers] == [202, 202]
    async with deps.units_of_work() as work:
        assert (await work.session.scalars(select(WorkspaceRow))).all() == []


@pytest.mark.asvs("7.5.1")
async def test_deletion_wants_a_recent_sign_in_by_a_person(visitor: Visitor) -> None:
    mina = await visitor.register()

    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        assert (await mina.call("DELETE", "/me")).status_code == 403
    assert (await visitor.call("DELETE", "/me")).status_code == 401
    assert (await mina.call("GET", "/me")).status_code == 200
