"""The device a request comes from, and the cookie by which it is known again."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from auth_service.deps import AuthDeps
from auth_service.guesses.devices import known_device_bucket, new_device_token
from auth_service.sessions.service import Device
from shared.http.dependencies import MaybePrincipal

DEVICE_COOKIE = "naru_device"
_A_YEAR_S = 365 * 24 * 3600


async def read_device(request: Request, principal: MaybePrincipal) -> Device:
    """Return where the request comes from."""
    return Device(
        principal.address,
        request.headers.get("User-Agent"),
        request.cookies.get(DEVICE_COOKIE),
    )


CurrentDevice = Annotated[Device, Depends(read_device)]


def remember_device(deps: AuthDeps, response: Response, device: Device, user_id: UUID) -> None:
    """Leave a cookie on a device that a user has signed in on. It signs nobody in."""
    if known_device_bucket(deps.hashes, device.token, user_id) is not None:
        return
    response.set_cookie(
        DEVICE_COOKIE,
        new_device_token(deps.hashes, user_id),
        max_age=_A_YEAR_S,
        path="/",
        secure=deps.settings.public_url.startswith("https://"),
        httponly=True,
        samesite="strict",
    )
