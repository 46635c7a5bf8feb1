"""All that a workspace has, in one archive, for its owner and for some days."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
import time_machine
from pydantic import SecretStr
from sqlalchemy import select

from auth_service.client import AuthClient
from auth_service.contract.exports import ExportPart, part_key, part_place
from auth_service.deps import AuthDeps
from auth_service.exports.archives import rewrap_archives
from auth_service.exports.fetching import fetch_archive
from auth_service.exports.tasks import assemble_export, erase_export, erase_objects, expire_export
from auth_service.models import TABLES
from shared.clock import utc_now
from shared.ids import new_id, public_id
from shared.object_store.port import ObjectNotFoundError
from shared.vault import Vault
from tests.auth_service.conftest import MASTER_KEY
from tests.auth_service.teams import join, make_team
from tests.auth_service.visitor import ANY_STATE, Visitor, mailed_token, mails

NEW_KEY = SecretStr("6b" * 32)
OTHERS = ("data", "logic", "trading", "notification")


def id_of(export: dict[str, Any]) -> UUID:
    """Return an export's id as the service knows it."""
    return UUID(export["id"].removeprefix("exp_"))


async def hand_in(deps: AuthDeps, client: AuthClient, export: dict[str, Any]) -> None:
    """Do what the other services do: each puts one file in, and says so twice."""
    export_id = id_of(export)
    workspace_id = UUID(export["workspace_id"].removeprefix("ws_"))
    for service in OTHERS:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            archive.writestr(f"{service}/mine.txt", f"of {service}")
        place = part_place(workspace_id, export_id, service)
        sealed = deps.vault.seal(memory.getvalue(), *place)
        await deps.objects.put(part_key(workspace_id, export_id, service), sealed)
        for _ in range(2):
            part = ExportPart.model_validate({"service": service, "file_count": 1})
            await client.report_export_part(export_id, part)


async def make(mina: Visitor, deps: AuthDeps, client: AuthClient) -> dict[str, Any]:
    """Return a finished export."""
    export: dict[str, Any] = (await mina.call("POST", "/me/export")).json()
    await hand_in(deps, client, export)
    for _ in range(2):
        await assemble_export.run(deps, id_of(export))
    found: dict[str, Any] = (await mina.call("GET", f"/me/exports/{export['id']}")).json()
    return found


async def download(somebody: Visitor, export: dict[str, Any]) -> httpx2.Response:
    return await somebody.call("GET", f"/me/exports/{export['id']}/archive")


async def test_the_archive_holds_every_part_and_the_account(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    key = (await mina.call("POST", "/api-keys", {})).json()["key"]
    asked = await mina.call("POST", "/me/export")
    assert (asked.status_code, asked.json()["status"]) == (202, "collecting")
    assert asked.headers["Location"] == f"/me/exports/{asked.json()['id']}"
    again = await mina.call("POST", "/me/export")
    assert again.json()["id"] == asked.json()["id"]
    names = [event.name for event in (await client.read_events(0, 100)).events]
    assert names.count("auth.export.requested") == 1

    export = await make(mina, deps, client)

    assert export["status"] == "ready"
    assert len(await mails(client, "export_ready")) == 1
    answer = await download(mina, export)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.content) == export["size_bytes"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files["logic/mine.txt"] == b"of logic"
    assert export["files"]["auth"] == len([name for name in files if name.startswith("account/")])
    (profile,) = orjson.loads(files["account/profile.json"])
    assert profile["email"] == "mina@example.com"
    assert "password_hash" not in profile
    whole = b"".join(files.values())
    assert key.encode() not in whole
    actions = [entry["action"] for entry in orjson.loads(files["account/audit_log.json"])]
    assert "export.requested" in actions
    log = (await mina.call("GET", "/audit-log")).json()["items"]
    assert [entry["action"] for entry in log[:2]] == ["export.fetched", "export.ready"]


async def test_what_lies_in_the_store_is_sealed(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    await make(await visitor.register(), deps, client)

    (path,) = deps.settings.state_dir.rglob("*-archive")
    assert not path.read_bytes().startswith(b"PK")
    assert not list(deps.settings.state_dir.rglob("*-logic"))


async def test_archives_follow_the_master_key(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    export = await make(mina, deps, client)
    before = (await download(mina, export)).content
    changed = replace(deps, vault=Vault(NEW_KEY, [MASTER_KEY]))

    assert [await rewrap_archives(changed) for _ in range(2)] == [1, 0]

    only_new = replace(deps, vault=Vault(NEW_KEY))
    answer = await fetch_archive(only_new, mina.principal, id_of(export))
    assert answer.body == before


async def test_others_see_nothing_of_it(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    export = await make(mina, deps, client)

    for path in (f"/me/exports/{export['id']}", f"/me/exports/{export['id']}/archive"):
        assert (await eve.call("GET", path)).status_code == 404
        assert (await visitor.call("GET", path)).status_code == 401
    assert (await mina.call("GET", f"/me/exports/{public_id('exp', new_id())}")).status_code == 404
    assert (await visitor.call("POST", "/me/export")).status_code == 401
    assert (await mina.call("GET", "/me/exports/nonsense")).status_code == 422


@pytest.mark.asvs("7.5.1")
async def test_both_ends_want_a_recent_sign_in(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    export = await make(mina, deps, client)

    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        assert (await mina.call("POST", "/me/export")).status_code == 403
        assert (await download(mina, export)).status_code == 403
        assert (await mina.call("GET", f"/me/exports/{export['id']}")).status_code == 200


async def test_only_an_owner_takes_a_teams_things_along(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await make_team(mina)
    await join(mina, team, ines, "ines@example.com", "editor", client)

    refused = await (await ines.switch(team)).call("POST", "/me/export")
    allowed = await (await mina.switch(team)).call("POST", "/me/export")

    assert (refused.status_code, refused.json()["code"]) == (403, "owner-required")
    assert (allowed.status_code, allowed.json()["workspace_id"]) == (202, team)


async def team_of(mina: Visitor, other: Visitor, client: AuthClient) -> str:
    """Return a team that both own."""
    team: str = (await mina.call("POST", "/workspaces", {"name": "desk"})).json()["id"]
    body = {"email": "ines@example.com", "role": "owner"}
    await mina.call("POST", f"/workspaces/{team}/invitations", body)
    token = await mailed_token(client, "workspace_invitation")
    await other.call("POST", "/workspaces/invitations/accept", {"token": token})
    return team


async def test_who_is_an_owner_no_longer_fetches_nothing(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    team = await team_of(mina, ines, client)
    acting = await ines.switch(team)
    export = await make(acting, deps, client)
    assert (await download(acting, export)).status_code == 200

    path = f"/workspaces/{team}/members/{public_id('usr', acting.principal.user_id or new_id())}"
    await mina.call("PATCH", path, {"role": "editor"}, headers=ANY_STATE)
    demoted = await download(acting, export)
    await mina.call("DELETE", path)
    removed = await ines.call("GET", f"/me/exports/{export['id']}")

    assert (demoted.status_code, removed.status_code) == (404, 404)


async def test_the_archive_of_a_team_goes_with_who_made_it(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    ines = await visitor.register("ines@example.com")
    acting = await ines.switch(await team_of(mina, ines, client))
    await make(acting, deps, client)
    assert len(list(deps.settings.state_dir.rglob("*-archive"))) == 1

    assert (await ines.call("DELETE", "/me")).status_code == 202
    query = select(TABLES.jobs.c.arguments).where(TABLES.jobs.c.task == "auth.erase_export")
    async with deps.units_of_work() as work:
        waiting = (await work.session.scalars(query)).all()
    for workspace_id, export_id in waiting:
        await erase_export.run(deps, UUID(workspace_id), UUID(export_id))

    assert len(waiting) == 2
    assert list(deps.settings.state_dir.rglob("*-archive")) == []


async def test_it_is_not_there_before_and_gone_after_its_time(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    early = (await mina.call("POST", "/me/export")).json()
    refused = await download(mina, early)
    assert (refused.status_code, refused.json()["code"]) == (409, "export-not-ready")
    export = await make(mina, deps, client)
    export_id = id_of(export)
    await expire_export.run(deps, export_id)
    assert (await download(mina, export)).status_code == 200

    with time_machine.travel(utc_now() + timedelta(days=7, minutes=1)):
        for _ in range(2):
            await expire_export.run(deps, export_id)

    status = (await mina.call("GET", f"/me/exports/{export['id']}")).json()["status"]
    assert status == "expired"
    assert (await download(mina, export)).status_code == 409
    workspace_id = mina.principal.require_workspace()
    with pytest.raises(ObjectNotFoundError):
        await deps.objects.get(part_key(workspace_id, export_id, "archive"))


async def test_one_that_is_never_finished_fails(visitor: Visitor, deps: AuthDeps) -> None:
    mina = await visitor.register()
    export = (await mina.call("POST", "/me/export")).json()

    with time_machine.travel(utc_now() + timedelta(days=1, minutes=1)):
        await expire_export.run(deps, id_of(export))
    await assemble_export.run(deps, id_of(export))

    found = (await mina.call("GET", f"/me/exports/{export['id']}")).json()
    assert found["status"] == "failed"
    assert (await mina.call("POST", "/me/export")).json()["id"] != export["id"]


async def test_archives_go_with_their_workspace(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    await make(mina, deps, client)
    workspace_id = mina.principal.require_workspace()
    assert (await mina.call("DELETE", "/me")).status_code == 202

    for _ in range(2):
        await erase_objects.run(deps, workspace_id)

    assert list(deps.settings.state_dir.rglob("*-archive")) == []


async def test_only_services_report_parts(visitor: Visitor) -> None:
    mina = await visitor.register()
    export = (await mina.call("POST", "/me/export")).json()

    body = {"service": "data", "file_count": 1}
    answer = await mina.call("POST", f"/internal/exports/{id_of(export)}", body)

    assert answer.status_code == 403
    assert public_id("ws", mina.principal.require_workspace()) == export["workspace_id"]


async def test_a_new_one_takes_the_place_of_the_last(
    visitor: Visitor, deps: AuthDeps, client: AuthClient
) -> None:
    mina = await visitor.register()
    first = await make(mina, deps, client)

    second = await make(mina, deps, client)
    await expire_export.run(deps, id_of(first))

    assert (await download(mina, second)).status_code == 200
    assert (await download(mina, first)).status_code == 409
    assert len(list(deps.settings.state_dir.rglob("*-archive"))) == 1
