"""Teams of several people."""

from auth_service.client import AuthClient
from tests.auth_service.visitor import Visitor, mailed_token


async def make_team(owner: Visitor) -> str:
    """Return the id of a new workspace."""
    answer = await owner.call("POST", "/workspaces", {"name": "Momentum desk"})
    assert answer.status_code == 201, answer.text
    workspace_id: str = answer.json()["id"]
    return workspace_id


async def join(
    owner: Visitor, team: str, member: Visitor, email: str, role: str, client: AuthClient
) -> None:
    """Invite somebody, who accepts."""
    path = f"/workspaces/{team}/invitations"
    invited = await owner.call("POST", path, {"email": email, "role": role})
    assert invited.status_code == 202, invited.text
    token = await mailed_token(client, "workspace_invitation")
    joined = await member.call("POST", "/workspaces/invitations/accept", {"token": token})
    assert joined.status_code == 200, joined.text
