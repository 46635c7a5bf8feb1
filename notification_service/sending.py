"""Hand a parcel to its sender: within a deadline, and within the plan's allowance of SMS."""

import asyncio
from uuid import UUID

from auth_service.contract.subscriptions import ReservationCreate
from notification_service.adapters.port import (
    Parcel,
    SendFailedError,
    SendRefusedError,
)
from notification_service.deps import NotificationDeps
from notification_service.models.channel import Kind
from shared.errors import PlatformError, QuotaExceededError
from shared.ids import new_id
from shared.logging import get_logger

log = get_logger(__name__)

_SLACK_S = 2.0
_SMS_RESERVED_S = 600


async def send(deps: NotificationDeps, workspace_id: UUID, kind: Kind, parcel: Parcel) -> None:
    """Send a parcel. Raises SendFailedError when another try may help, else SendRefusedError."""
    sender = deps.senders.get(kind)
    if sender is None:
        raise SendRefusedError(f"no provider for {kind} is configured here")
    if kind != "sms":
        await _send_in_time(deps, kind, parcel)
        return
    reservation = new_id()
    await _reserve(deps, workspace_id, reservation)
    sent = 0
    try:
        await _send_in_time(deps, kind, parcel)
        sent = 1
    finally:
        await _settle(deps, reservation, sent)


async def _send_in_time(deps: NotificationDeps, kind: Kind, parcel: Parcel) -> None:
    """Send; a receiver that answers byte by byte is cut off."""
    try:
        async with asyncio.timeout(deps.settings.send_timeout_s + _SLACK_S):
            await deps.senders[kind].send(parcel)
    except TimeoutError as error:
        raise SendFailedError("the receiver took too long") from error


async def _reserve(deps: NotificationDeps, workspace_id: UUID, reservation: UUID) -> None:
    request = ReservationCreate(
        id=reservation, workspace_id=workspace_id, meter="sms", amount=1, lifetime_s=_SMS_RESERVED_S
    )
    try:
        await deps.auth.reserve(request)
    except QuotaExceededError as error:
        raise SendRefusedError("the plan's text messages of today are used up") from error
    except PlatformError as error:
        raise SendFailedError("the allowance of text messages cannot be checked") from error


async def _settle(deps: NotificationDeps, reservation: UUID, sent: int) -> None:
    """Count the message. If that fails the reservation lapses: sent messages are not taken back."""
    try:
        await deps.auth.settle(reservation, sent)
    except PlatformError as error:
        log.warning("sms.not_counted", reservation_id=str(reservation), reason=error.code)
