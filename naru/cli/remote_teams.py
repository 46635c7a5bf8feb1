"""``naru remote team``: workspaces of one's own and of teams, and who is in them."""

from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

import typer

from naru.cli.ending import refuse
from naru.cli.options import typed
from naru.cli.remote_profile import Profile, RemoteSettings
from naru.cli.remote_telling import print_json, print_table, told
from naru_client import NaruClient, models

team = typer.Typer(no_args_is_help=True, help="Workspaces: your own, and those of teams.")
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


@team.command("list")
def list_workspaces(json: Json = False) -> None:
    """List the workspaces that you are in."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        found = list(client.workspaces.list())
        if json:
            print_json(found)
        else:
            columns = ("id", "name", "kind", "role", "plan")
            print_table(columns, [[getattr(one, name) for name in columns] for one in found])


@team.command("new")
def new_team(name: Annotated[str, typer.Argument(help="What it is called.")]) -> None:
    """Make a workspace for a team and work in it; you are its owner."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        _work_in(client, client.workspaces.create(name=name))


@team.command("use")
def use(name: Annotated[str, typer.Argument(help="A workspace's name or id.")]) -> None:
    """Work in another workspace from now on."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        found = [one for one in client.workspaces.list() if name in (one.id, one.name)]
        if len(found) != 1:
            what = "several workspaces are" if found else "no workspace of yours is"
            refuse(f"{what} called {name!r}; say its id: {typed()} remote team list")
        _work_in(client, found[0])


@team.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="Who is to join.")],
    role: Annotated[
        Literal["owner", "editor", "viewer"], typer.Option(help="What they may do.")
    ] = "editor",
) -> None:
    """Mail somebody an invitation into the workspace that you work in; for its owners."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        workspace = client.me.get().workspace
        client.workspaces.invite_member(workspace.id, email=email, role=role)
        typer.echo(f"{email} is invited into {workspace.name}")


@team.command("join")
def join(link: Annotated[str, typer.Argument(help="The mailed link, in quotes.")]) -> None:
    """Join a workspace, signed in with the address that was invited, and work in it."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        token = parse_qs(urlsplit(link).fragment).get("token", [link])[0]
        _work_in(client, client.workspaces.accept_invitation(token=token))


@team.command("members")
def members(json: Json = False) -> None:
    """List who is in the workspace that you work in."""
    profile = _profile()
    with profile.client() as client, told(profile.url):
        found = list(client.workspaces.list_members(client.me.get().workspace.id))
        if json:
            print_json(found)
        else:
            columns = ("id", "email", "name", "role", "since")
            print_table(columns, [[getattr(one, name) for name in columns] for one in found])


def _profile() -> Profile:
    profile = Profile(RemoteSettings.read())
    if profile.from_environment:
        refuse("NARU_API_KEY is set, and a key stays in its workspace: unset it and sign in")
    return profile


def _work_in(client: NaruClient, workspace: models.WorkspaceMembership) -> None:
    client.switch(workspace.id)
    typer.echo(f"Working in {workspace.name} ({workspace.id}), as {workspace.role}")
