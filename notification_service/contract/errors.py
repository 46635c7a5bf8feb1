"""Failures that callers of the notification service may meet."""

from shared.errors import ConflictError, InvalidInputError, NotFoundError


class ChannelNotFoundError(NotFoundError):
    code, title = "channel-not-found", "No such notification channel"


class WebhookNotFoundError(NotFoundError):
    code, title = "webhook-not-found", "No such webhook"


class DeliveryNotFoundError(NotFoundError):
    code, title = "delivery-not-found", "No such delivery"


class DeliveryNotDeadError(ConflictError):
    code, title = "delivery-not-dead", "Only deliveries that were given up can be sent again"


class ChannelExistsError(ConflictError):
    code, title = "channel-exists", "This workspace has that channel already"


class ChannelUnsupportedError(InvalidInputError):
    code, title = "channel-unsupported", "This platform has no provider for that kind of channel"


class EventNotFoundError(NotFoundError):
    code, title = "event-not-found", "No such event"
