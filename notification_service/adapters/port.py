"""What every sender is: one message to one target, or a reason why not."""

from dataclasses import dataclass
from typing import Protocol

from notification_service.contract.event_types import PublicEvent
from notification_service.domain.messages import Message


class SendFailedError(Exception):
    """The message did not get through; another try may."""


class SendRefusedError(Exception):
    """The provider will never take this message for this target: trying again is useless."""


class TargetGoneError(SendRefusedError):
    """The target has ceased to exist: send nothing there any more."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Everything a sender may need.

    delivery_id   stays the same over all tries, so that receivers can drop duplicates
    secrets       a webhook's signing secrets; none for the other kinds
    event         what a webhook carries; None for codes and account mails
    """

    delivery_id: str
    target: str
    message: Message
    event: PublicEvent | None = None
    secrets: tuple[str, ...] = ()


class Sender(Protocol):
    """Sends parcels of one kind."""

    async def send(self, parcel: Parcel) -> None:
        """Deliver the parcel. Raises SendFailedError or SendRefusedError."""
        ...
