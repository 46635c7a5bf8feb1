"""Deliver one event to one channel. Receivers may see it twice, under the same delivery id."""

from datetime import timedelta
from uuid import UUID

from notification_service.adapters.port import Parcel, SendFailedError, SendRefusedError
from notification_service.deliveries.service import DeliveryService
from notification_service.deps import NotificationDeps
from notification_service.domain.messages import write_message
from notification_service.events.presenting import present_event
from notification_service.models import DeliveryRow
from notification_service.webhooks.service import open_secret
from shared.ids import public_id
from shared.jobs.tasks import Task, task


@task("notification.deliver", timeout=timedelta(seconds=30), max_tries=8)
async def deliver(deps: NotificationDeps, delivery_id: UUID) -> None:
    """Send one delivery. Raises SendFailedError, so that the job is tried again later."""
    async with deps.units_of_work() as work:
        row = await DeliveryService(work).find_pending(delivery_id)
    if row is None:  # delivered twice, or its channel is gone
        return
    sender = deps.senders.get(row.channel.kind)
    try:
        if sender is None:
            raise SendRefusedError(f"no provider for {row.channel.kind} is configured here")
        await sender.send(_parcel(deps, row))
    except SendFailedError as error:
        async with deps.units_of_work() as work:
            await DeliveryService(work).note_failure(delivery_id, str(error))
        raise
    except SendRefusedError as error:
        async with deps.units_of_work() as work:
            await DeliveryService(work).give_up(delivery_id, str(error))
        return
    async with deps.units_of_work() as work:
        await DeliveryService(work).succeed(delivery_id)


async def give_up(deps: NotificationDeps, delivery_id: UUID) -> None:
    """Put the delivery among the dead letters, where its owner can requeue it."""
    async with deps.units_of_work() as work:
        await DeliveryService(work).give_up(delivery_id)


def _parcel(deps: NotificationDeps, row: DeliveryRow) -> Parcel:
    event = present_event(row.event)
    return Parcel(
        delivery_id=public_id("dlv", row.id),
        target=row.channel.target,
        secret=open_secret(deps.vault, row.channel),
        event=event,
        message=write_message(event, row.channel.locale, deps.settings.public_url),
    )


TASKS: tuple[Task, ...] = (deliver.when_given_up(give_up),)
