"""Teams: who may do what in whose workspace."""

from datetime import timedelta

import pytest
import time_machine

from auth_service.client import AuthClient
from auth_service.contract.errors import ApiKeyInvalidError, TokenInvalidError
from auth_service.contract.revocations import Revocations
from shared.clock import utc_now
from shared.ids import new_id, public_id
from tests.auth_service.teams import join, make_team
from tests.auth_service.visitor import ANY_STATE, Visitor, mailed_token

ADDRESS = "203.0.113.7"


def _id(person: Visitor) -> str:
    return public_id("usr", person.principal.user_id or new_id())


async def _known(client: AuthClient) -> Revocations:
    known = Revocations()
    for change in (await client.revocations(0)).items:
        known.add(change)
    return known


async def test_a_plan_has_an_end_of_teams(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    teams = [await make_team(mina) for _ in range(3)]
    await join(mina, teams[0], ines, "ines@example.com", "owner", client)

    refused = await mina.call("POST", "/workspaces", {"name": "one more"})
    gone = await mina.call("DELETE", f"/workspaces/{teams[1]}")
    again = await mina.call("POST", "/workspaces", {"name": "one more"})

    assert (refused.status_code, refused.json()["code"]) == (409, "workspace-limit")
    assert (gone.status_code, again.status_code) == (202, 201)
    assert [await make_team(ines) for _ in range(2)]
    assert (await ines.call("POST", "/workspaces", {"name": "x"})).status_code == 409


async def test_a_team_is_deleted_for_all_its_members(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)
    acting = await ines.switch(team)
    key = (await acting.call("POST", "/api-keys", {})).json()["key"]

    by_editor = await ines.call("DELETE", f"/workspaces/{team}")
    done = await mina.call("DELETE", f"/workspaces/{team}")
    again = await mina.call("DELETE", f"/workspaces/{team}")

    assert (by_editor.status_code, by_editor.json()["code"]) == (403, "owner-required")
    assert (done.status_code, again.status_code) == (202, 404)
    report = (await visitor.call("GET", done.headers["Location"])).json()
    assert report["erased"]["auth"] == {"api_keys": 1, "members": 2, "audit_entries": 4}
    events = (await client.read_events(0, 100)).events
    assert [one.name for one in events].count("auth.workspace.deleted") == 1
    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(key, ADDRESS)
    known = await _known(client)
    with pytest.raises(TokenInvalidError):
        known.current(acting.principal)
    assert (await ines.call("POST", f"/workspaces/{team}/switch")).status_code == 404


async def test_deleting_a_team_wants_a_recent_sign_in_and_spares_personal_ones(
    visitor: Visitor,
) -> None:
    mina = await visitor.register()
    team = await make_team(mina)
    own = public_id("ws", mina.principal.require_workspace())

    personal = await mina.call("DELETE", f"/workspaces/{own}")
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        late = await mina.call("DELETE", f"/workspaces/{team}")

    assert (personal.status_code, personal.json()["code"]) == (409, "personal-workspace")
    assert (late.status_code, late.json()["code"]) == (403, "step-up-required")
    assert (await visitor.call("DELETE", f"/workspaces/{team}")).status_code == 401


async def test_members_act_with_the_scopes_of_their_role(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "viewer", client)

    ines = await ines.switch(team)
    mina = await mina.switch(team)

    assert ines.principal.allows("strategy:read")
    assert not ines.principal.allows("strategy:write")
    assert mina.principal.allows("strategy:write")
    assert ines.principal.workspace_id == mina.principal.workspace_id
    me = (await ines.call("GET", "/me")).json()
    assert [place["kind"] for place in me["workspaces"]] == ["personal", "team"]
    assert (me["workspace"]["id"], me["workspace"]["role"]) == (team, "viewer")
    assert (await ines.refresh()).status_code == 200
    members = (await ines.call("GET", f"/workspaces/{team}/members")).json()["items"]
    assert [(member["email"], member["role"]) for member in members] == [
        ("mina@example.com", "owner"),
        ("ines@example.com", "viewer"),
    ]


async def test_a_role_counts_at_once_in_tokens_in_use(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)
    ines = await ines.switch(team)
    path = f"/workspaces/{team}/members/{_id(ines)}"

    demoted = await mina.call("PATCH", path, {"role": "viewer"}, headers=ANY_STATE)
    assert demoted.status_code == 204
    assert not (await _known(client)).current(ines.principal).allows("strategy:write")

    made = (await ines.call("POST", "/api-keys", {})).json()
    assert (await mina.call("DELETE", path)).status_code == 204
    known = await _known(client)
    with pytest.raises(TokenInvalidError):
        known.current(ines.principal)
    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(made["key"], ADDRESS)
    refreshed = await ines.refresh()
    assert refreshed.status_code == 200
    assert (await ines.call("POST", f"/workspaces/{team}/switch")).status_code == 404


async def test_keys_of_viewers_only_view(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)
    ines = await ines.switch(team)
    made = (await ines.call("POST", "/api-keys", {})).json()
    path = f"/workspaces/{team}/members/{_id(ines)}"
    await mina.call("PATCH", path, {"role": "viewer"}, headers=ANY_STATE)

    principal = (await client.check_key(made["key"], ADDRESS)).principal

    assert principal.allows("strategy:read")
    assert not principal.allows("strategy:write")


@pytest.mark.asvs("8.2.1", "8.2.2", "8.3.1")
async def test_only_owners_manage_members(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    eve = await visitor.register("eve@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)
    tries = [
        ("POST", f"/workspaces/{team}/invitations", {"email": "x@example.com", "role": "owner"}),
        ("PATCH", f"/workspaces/{team}/members/{_id(mina)}", {"role": "viewer"}),
        ("DELETE", f"/workspaces/{team}/members/{_id(mina)}", None),
        ("PATCH", f"/workspaces/{team}", {"name": "mine"}),
    ]

    for method, path, body in tries:
        assert (await ines.call(method, path, body, headers=ANY_STATE)).status_code == 403
        assert (await eve.call(method, path, body, headers=ANY_STATE)).status_code == 404
        assert (await visitor.call(method, path, body, headers=ANY_STATE)).status_code == 401
    for path in (f"/workspaces/{team}", f"/workspaces/{team}/members"):
        assert (await eve.call("GET", path)).status_code == 404
    assert (await eve.call("GET", f"/workspaces/{team}/members/{_id(mina)}")).status_code == 404
    assert (await mina.call("GET", f"/workspaces/{team}/members/{_id(eve)}")).status_code == 404


async def test_a_workspace_changes_from_the_state_that_was_read(visitor: Visitor) -> None:
    mina = await visitor.register()
    path = f"/workspaces/{await make_team(mina)}"
    tag = {"If-Match": (await mina.call("GET", path)).headers["ETag"]}

    without = await mina.call("PATCH", path, {"name": "Desk"})
    done = await mina.call("PATCH", path, {"name": "Desk"}, headers=tag)
    stale = await mina.call("PATCH", path, {"name": "Room"}, headers=tag)

    assert [without.status_code, done.status_code, stale.status_code] == [428, 200, 412]
    now = await mina.call("GET", path)
    assert (now.json()["name"], now.headers["ETag"]) == ("Desk", done.headers["ETag"])


async def test_a_role_changes_from_the_state_that_was_read(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)
    path = f"/workspaces/{team}/members/{_id(ines)}"
    tag = {"If-Match": (await mina.call("GET", path)).headers["ETag"]}

    without = await mina.call("PATCH", path, {"role": "viewer"})
    done = await mina.call("PATCH", path, {"role": "viewer"}, headers=tag)
    stale = await mina.call("PATCH", path, {"role": "owner"}, headers=tag)

    assert [without.status_code, done.status_code, stale.status_code] == [428, 204, 412]
    now = await ines.call("GET", path)
    assert (now.json()["role"], now.headers["ETag"]) == ("viewer", done.headers["ETag"])


async def test_an_invitation_is_for_the_holder_of_the_address(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    team = await make_team(mina)
    body = {"email": "ines@example.com", "role": "owner"}
    await mina.call("POST", f"/workspaces/{team}/invitations", body)
    token = await mailed_token(client, "workspace_invitation")

    stolen = await eve.call("POST", "/workspaces/invitations/accept", {"token": token})

    assert stolen.status_code == 422
    ines = await visitor.register("ines@example.com")
    joined = await ines.call("POST", "/workspaces/invitations/accept", {"token": token})
    assert (joined.status_code, joined.json()["role"]) == (200, "owner")


async def test_a_workspace_keeps_an_owner(visitor: Visitor) -> None:
    mina = await visitor.register()
    team = await make_team(mina)
    path = f"/workspaces/{team}/members/{_id(mina)}"

    left = await mina.call("DELETE", path)
    demoted = await mina.call("PATCH", path, {"role": "viewer"}, headers=ANY_STATE)

    assert (left.status_code, left.json()["code"]) == (409, "last-owner")
    assert demoted.status_code == 409


async def test_members_may_leave(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "viewer", client)

    left = await ines.call("DELETE", f"/workspaces/{team}/members/{_id(ines)}")

    assert left.status_code == 204
    assert len((await ines.call("GET", "/workspaces")).json()["items"]) == 1


async def test_a_personal_workspace_is_nobody_elses(visitor: Visitor) -> None:
    mina = await visitor.register()
    own = (await mina.call("GET", "/me")).json()["workspace"]["id"]

    answer = await mina.call(
        "POST", f"/workspaces/{own}/invitations", {"email": "x@example.com", "role": "viewer"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "personal-workspace")


async def test_audit_and_keys_are_the_workspaces_own(visitor: Visitor) -> None:
    mina = await visitor.register()
    team = await mina.switch(await make_team(mina))
    await team.call("POST", "/api-keys", {})

    assert len((await team.call("GET", "/api-keys")).json()["items"]) == 1
    assert (await mina.call("GET", "/api-keys")).json()["items"] == []
    actions = [entry["action"] for entry in (await team.call("GET", "/audit-log")).json()["items"]]
    assert actions == ["api_key.created", "workspace.created"]


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "plan": "x"}]
)
async def test_bad_names_are_refused(visitor: Visitor, body: dict[str, str]) -> None:
    mina = await visitor.register()

    assert (await mina.call("POST", "/workspaces", body)).status_code == 422
