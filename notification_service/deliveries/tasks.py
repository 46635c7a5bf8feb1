"""Deliver one event to one channel. Receivers may see it twice, under the same delivery id."""

from datetime import timedelta
from uuid import UUID

from notification_service.adapters.port import (
    Parcel,
    SendFailedError,
    SendRefusedError,
    TargetGoneError,
)
from notification_service.channels.health import ChannelHealth
from notification_service.deliveries.service import DeliveryService
from notification_service.deps import NotificationDeps
from notification_service.domain.messages import write_message
from notification_service.events.presenting import present_event
from notification_service.events.service import EventService
from notification_service.models import ChannelRow, DeliveryRow
from notification_service.preferences.service import PreferenceService
from notification_service.sending import send
from notification_service.webhooks.service import signing_secrets
from shared.clock import utc_now
from shared.ids import public_id
from shared.jobs.tasks import Task, task
from shared.unit_of_work import UnitOfWork

_SILENT_KINDS = {"push", "sms"}
_ABOUT_DELIVERIES = {"message.exhausted", "webhook.disabled"}


@task("notification.deliver", timeout=timedelta(seconds=60), max_tries=5)
async def deliver(deps: NotificationDeps, delivery_id: UUID) -> None:
    """Send one delivery, if it is due; a failure plans the next try."""
    async with deps.units_of_work() as work:
        row = await _start(work, delivery_id)
    if row is None:
        return
    try:
        if not row.channel.enabled:
            raise SendRefusedError("the channel is switched off")
        await send(deps, row.workspace_id, row.channel.kind, _parcel(deps, row))
    except (SendFailedError, SendRefusedError) as error:
        async with deps.units_of_work() as work:
            await _fail(work, delivery_id, error)
        return
    async with deps.units_of_work() as work:
        await DeliveryService(work).succeed(delivery_id)
        await ChannelHealth(work).note_success(row.channel_id)


async def give_up(deps: NotificationDeps, delivery_id: UUID) -> None:
    """Put the delivery among the dead letters, where its owner can requeue it."""
    async with deps.units_of_work() as work:
        row = await DeliveryService(work).give_up(delivery_id)
        if row is not None:
            await _tell_exhausted(work, row)


async def _start(work: UnitOfWork, delivery_id: UUID) -> DeliveryRow | None:
    """Return the delivery if it has to be made now: it is due, and no device has quiet hours."""
    deliveries, now = DeliveryService(work), utc_now()
    row = await deliveries.find_due(delivery_id, now)
    if row is None or row.channel.kind not in _SILENT_KINDS:
        return row
    until = await PreferenceService(work).silent_until(row.workspace_id, now)
    if until is None:
        return row
    await deliveries.put_off(delivery_id, until)
    return None


async def _fail(
    work: UnitOfWork, delivery_id: UUID, error: SendFailedError | SendRefusedError
) -> None:
    final = isinstance(error, SendRefusedError)
    row = await DeliveryService(work).fail(delivery_id, str(error), final=final)
    if row is None:
        return
    gone = isinstance(error, TargetGoneError)
    disabled = await ChannelHealth(work).note_failure(
        row.channel_id, utc_now(), str(error), gone=gone
    )
    if disabled is not None and disabled.kind == "webhook":
        await _tell_disabled(work, disabled)
    if row.status == "dead":
        await _tell_exhausted(work, row)


async def _tell_disabled(work: UnitOfWork, channel: ChannelRow) -> None:
    data = {
        "webhook_id": public_id("wh", channel.id),
        "url": channel.target,
        "reason": channel.disabled_reason,
    }
    await EventService(work).record(channel.workspace_id, "webhook.disabled", data)


async def _tell_exhausted(work: UnitOfWork, row: DeliveryRow) -> None:
    """Tell of a dead letter, but never of one that would itself tell of dead letters."""
    if row.event.type in _ABOUT_DELIVERIES:
        return
    data = {
        "delivery_id": public_id("dlv", row.id),
        "event_type": row.event.type,
        "channel_id": public_id("ch", row.channel_id),
        "channel_kind": row.channel.kind,
        "attempts": row.attempts,
        "error": row.error,
    }
    await EventService(work).record(
        row.workspace_id, "message.exhausted", data, not_to=[row.channel_id]
    )


def _parcel(deps: NotificationDeps, row: DeliveryRow) -> Parcel:
    event = present_event(row.event)
    return Parcel(
        delivery_id=public_id("dlv", row.id),
        target=row.channel.target,
        message=write_message(event, row.channel.locale, deps.settings.public_url),
        event=event,
        secrets=signing_secrets(deps.vault, row.channel, utc_now()),
    )


TASKS: tuple[Task, ...] = (deliver.when_given_up(give_up),)
