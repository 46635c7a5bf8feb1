"""People of every standing, and the things of the one whose walls are tried.

owner      owns a team's workspace, in which all of the things lie
viewer     a member of that workspace who may look
other      somebody with a workspace of their own
outsider   an editor in somebody else's team
admin      the installation's administrator, who is in no team
anonymous  nobody
unscoped   a key of the owner's that covers everything but what the operation wants
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import httpx2

from auth_service.client import AuthClient
from auth_service.contract.mails import MailKind
from naru.cli.sample_bars import daily_bars_csv
from shared.http.access import Scope
from shared.ids import new_id, public_id
from tests.gateway.caller import PASSWORD, Caller

MARKER = "zebra7f3"
"""Is in whatever the owner has, so that one look at an answer tells whether it leaks."""

SYMBOL = "ZEBRA7F3"
ADMIN_EMAIL = "admin@naru.example"
_PATIENCE_S = 30.0
SOURCE = (
    Path(__file__).parents[2].joinpath("examples", "sma_cross.py").read_text() + f"# {MARKER}\n"
)
HOOK = {"event_types": ["strategy.version.created"]}


@dataclass(frozen=True, slots=True)
class World:
    """See above; ``ids`` holds what the variables of the paths stand for."""

    auth: AuthClient
    owner: Caller
    viewer: Caller
    other: Caller
    outsider: Caller
    admin: Caller
    anonymous: Caller
    keys: Mapping[str, Caller]
    ids: dict[str, str]
    emails: Mapping[str, str] = field(default_factory=dict)

    def actor(self, name: str, scope: str | None) -> Caller:
        """Return one of the people above."""
        if name == "unscoped":
            return self.keys[scope or "account:read"]
        found: Caller = getattr(self, name)
        return found

    async def newcomer(self) -> Caller:
        """Return somebody who has just registered."""
        person, _ = await _register(self.anonymous, "n")
        return person

    async def make(self, thing: str) -> dict[str, str]:
        """Make another thing of the owner's, to be destroyed; return its place in paths."""
        return await MAKERS[thing](self)


async def build_world(http: httpx2.AsyncClient, auth: AuthClient, gone_url: str) -> World:
    """Let people register, join teams, and let the owner make one of everything."""
    anonymous = Caller(http)
    admin = await _make_admin(auth, anonymous)
    people = {name: await _register(anonymous, name) for name in ("o", "v", "b", "w")}
    emails = {name: address for name, (_, address) in people.items()}
    home, owner = await _found_team(people["o"][0], MARKER)
    elsewhere, other_lead = await _found_team(people["b"][0], "Elsewhere")
    viewer = await _join(auth, owner, home, people["v"], "viewer")
    outsider = await _join(auth, other_lead, elsewhere, people["w"], "editor")
    scopes = set(get_args(Scope))
    for_keys = scopes - {"account:write"}  # which no key can have
    keys = {scope: await owner.make_key(*sorted(for_keys - {scope})) for scope in sorted(scopes)}
    ids = {"workspace_id": home, "number": "1", "provider": "google"}
    world = World(
        auth, owner, viewer, people["b"][0], outsider, admin, anonymous, keys, ids, emails
    )
    await _furnish(world, gone_url)
    return world


async def _make_admin(auth: AuthClient, anonymous: Caller) -> Caller:
    password = await auth.ensure_first_user(ADMIN_EMAIL)
    assert password is not None
    return await sign_in(anonymous, ADMIN_EMAIL, password)


async def sign_in(anonymous: Caller, address: str, password: str = PASSWORD) -> Caller:
    """Return somebody who has just signed in."""
    account = {"email": address, "password": password}
    pair = await _counted(anonymous, "/auth/login", account)
    return anonymous.holding(pair["access_token"])


async def _register(anonymous: Caller, name: str) -> tuple[Caller, str]:
    address = f"{name}-{new_id().hex[-8:]}@example.com"
    account = {"email": address, "password": PASSWORD}
    await _counted(anonymous, "/auth/register", account)
    return await sign_in(anonymous, address), address


async def _found_team(founder: Caller, name: str) -> tuple[str, Caller]:
    workspace = must(await founder.call("POST", "/workspaces", json={"name": name}))
    return workspace["id"], await act_in(founder, workspace["id"])


async def act_in(person: Caller, workspace_id: str) -> Caller:
    """Return the person with a token for another of their workspaces."""
    answer = await person.call("POST", f"/workspaces/{workspace_id}/switch")
    return person.holding(must(answer)["access_token"])


async def read_mail(auth: AuthClient, kind: MailKind, address: str) -> str:
    """Return the token that the newest mail of a kind brings to an address."""
    after, links = 0, []
    while events := (await auth.read_events(after, 1000)).events:
        after = events[-1].seq
        links += [event.payload for event in events if event.payload.get("kind") == kind]
    for payload in reversed(links):
        link = await auth.mail_link(UUID(payload["link_id"]))
        if link.to == address and link.url is not None:
            return link.url.partition("#token=")[2]
    raise AssertionError(f"no {kind} was sent to {address}")


async def _join(
    auth: AuthClient, owner: Caller, workspace: str, person: tuple[Caller, str], role: str
) -> Caller:
    member, address = person
    body = {"email": address, "role": role}
    must(await owner.call("POST", f"/workspaces/{workspace}/invitations", json=body))
    token = await read_mail(auth, "workspace_invitation", address)
    must(await member.call("POST", "/workspaces/invitations/accept", json={"token": token}))
    return await act_in(member, workspace)


async def _furnish(world: World, gone_url: str) -> None:
    """Make one of everything that the owner may have."""
    ids, owner = world.ids, world.owner
    token = await read_mail(world.auth, "verify_email", world.emails["o"])
    must(await owner.call("POST", "/auth/email/verify", json={"token": token}))
    ids["user_id"] = must(await owner.call("GET", "/me"))["id"]
    for thing in ("api_key", "session", "dataset", "webhook", "channel", "strategy", "export"):
        ids |= await world.make(thing)
    # A receiver that is gone makes a dead letter, and the dead letter a notification.
    hook = HOOK | {"url": f"{gone_url}/{MARKER}"}
    must(await owner.call("POST", "/webhooks", json=hook))
    path = f"/strategies/{ids['strategy_id']}/versions"
    for note in ("first", "second"):
        body = {"source": SOURCE + f"# {note}\n"}
        ids["version_id"] = must(await owner.call("POST", path, json=body))["id"]
    ids |= await world.make("backtest")
    await until(owner, f"/backtests/{ids['backtest_id']}", lambda it: it["finished_at"])
    dead = await until(owner, "/notifications/dead-letters", lambda page: page["items"])
    ids["delivery_id"] = dead["items"][0]["id"]
    ids["event_id"] = dead["items"][0]["event_id"]
    inbox = await until(owner, "/notifications", lambda page: page["items"])
    ids["notification_id"] = inbox["items"][0]["id"]
    ids["deletion_id"], ids["passkey_id"] = public_id("del", new_id()), public_id("pk", new_id())


async def until(
    person: Caller, path: str, is_so: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """Read a resource again and again until it is as wanted; the workers are busy meanwhile."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not is_so(found := must(await person.call("GET", path))):
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise AssertionError(f"{path} stayed {found}") from error
    return found


async def _counted(person: Caller, path: str, body: Any) -> dict[str, Any]:
    """Post what is refused while attempts cannot be counted, and wait as such answers say.

    On a machine that is busy enough the counting process is late.
    """
    async with asyncio.timeout(_PATIENCE_S):
        while (answer := await person.call("POST", path, json=body)).status_code == 503:
            await asyncio.sleep(float(answer.headers["Retry-After"]))
    return must(answer)


def must(answer: httpx2.Response) -> dict[str, Any]:
    """Return the document of an answer that has to be good."""
    assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


async def _post(world: World, path: str, body: Any = None) -> dict[str, Any]:
    return must(await world.owner.call("POST", path, json=body))


async def _api_key(world: World) -> dict[str, str]:
    return {"key_id": (await _post(world, "/api-keys", {"name": MARKER}))["id"]}


async def _session(world: World) -> dict[str, str]:
    await sign_in(world.anonymous, world.emails["o"])
    sessions = must(await world.owner.call("GET", "/auth/sessions"))["items"]
    return {"session_id": next(item["id"] for item in sessions if not item["current"])}


async def _dataset(world: World) -> dict[str, str]:
    return await _upload(world, SYMBOL)


async def _upload(world: World, symbol: str) -> dict[str, str]:
    answer = await world.owner.call(
        "POST",
        "/datasets/upload",
        params={"symbol": symbol, "timeframe": "1d"},
        content=daily_bars_csv(),
        headers={"Content-Type": "text/csv"},
    )
    return {"dataset_id": must(answer)["dataset"]["id"]}


async def _webhook(world: World) -> dict[str, str]:
    body = HOOK | {"url": f"https://example.com/{MARKER}/{new_id().hex}"}
    body["event_types"] = ["backtest.queued"]
    return {"webhook_id": (await _post(world, "/webhooks", body))["id"]}


async def _channel(world: World) -> dict[str, str]:
    token = f"ExponentPushToken[{MARKER}{new_id().hex}]"
    body = {"kind": "push", "token": token, "event_types": ["quota.warning"]}
    return {"channel_id": (await _post(world, "/notifications/channels", body))["id"]}


async def _strategy(world: World) -> dict[str, str]:
    return {"strategy_id": (await _post(world, "/strategies", {"name": MARKER}))["id"]}


async def _backtest(world: World) -> dict[str, str]:
    body = {"version_id": world.ids["version_id"], "symbols": [SYMBOL]}
    return {"backtest_id": (await _post(world, "/backtests", body))["id"]}


async def _ended_backtest(world: World) -> dict[str, str]:
    ids = await _backtest(world)
    path = f"/backtests/{ids['backtest_id']}"
    await until(world.owner, path, lambda it: it["finished_at"])
    return ids


async def _lone_dataset(world: World) -> dict[str, str]:
    """Upload bars that no other test reads."""
    return await _upload(world, f"LONE{new_id().hex[-6:].upper()}")


async def _gone_channel(world: World) -> dict[str, str]:
    """Make a channel whose test message goes nowhere outside: mail becomes a file."""
    address = world.emails["o"]
    body = {"kind": "email", "address": address, "event_types": ["quota.warning"]}
    items = must(await world.owner.call("GET", "/notifications/channels"))["items"]
    for item in items:
        if item["target"] == address:
            return {"channel_id": item["id"]}
    return {"channel_id": (await _post(world, "/notifications/channels", body))["id"]}


async def _dead_letter(world: World) -> dict[str, str]:
    page = must(await world.owner.call("GET", "/notifications/dead-letters"))
    return {"delivery_id": page["items"][0]["id"]}


async def _export(world: World) -> dict[str, str]:
    ids = {"export_id": (await _post(world, "/me/export"))["id"]}
    await until(world.owner, f"/me/exports/{ids['export_id']}", lambda it: it["status"] == "ready")
    return ids


async def _person(world: World) -> dict[str, str]:
    person, _ = await _register(world.anonymous, "p")
    return {"user_id": must(await person.call("GET", "/me"))["id"]}


async def _member(world: World) -> dict[str, str]:
    """Let somebody join the owner's team."""
    person = await _register(world.anonymous, "m")
    await _join(world.auth, world.owner, world.ids["workspace_id"], person, "editor")
    return {"user_id": must(await person[0].call("GET", "/me"))["id"]}


async def _team(world: World) -> dict[str, str]:
    """Make a team of the owner's, with the viewer in it."""
    workspace_id, lead = await _found_team(world.owner, MARKER)
    viewer = await sign_in(world.anonymous, world.emails["v"])
    await _join(world.auth, lead, workspace_id, (viewer, world.emails["v"]), "viewer")
    return {"workspace_id": workspace_id}


MAKERS: Mapping[str, Callable[[World], Awaitable[dict[str, str]]]] = {
    "api_key": _api_key,
    "session": _session,
    "dataset": _dataset,
    "webhook": _webhook,
    "channel": _channel,
    "strategy": _strategy,
    "backtest": _backtest,
    "ended_backtest": _ended_backtest,
    "lone_dataset": _lone_dataset,
    "gone_channel": _gone_channel,
    "dead_letter": _dead_letter,
    "export": _export,
    "person": _person,
    "member": _member,
    "team": _team,
}
