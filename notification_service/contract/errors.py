"""Failures that callers of the notification service may meet."""

from shared.errors import ConflictError, InvalidInputError, NotFoundError, QuotaExceededError


class ChannelNotFoundError(NotFoundError):
    code, title = "channel-not-found", "No such notification channel"


class WebhookNotFoundError(NotFoundError):
    code, title = "webhook-not-found", "No such webhook"


class WebhookLimitError(ConflictError):
    code, title = "webhook-limit", "The plan allows no further webhook"


class WebhookDisabledError(ConflictError):
    code, title = "webhook-disabled", 'The webhook is switched off; PATCH it with "enabled": true'


class DeliveryNotFoundError(NotFoundError):
    code, title = "delivery-not-found", "No such delivery"


class DeliveryNotDeadError(ConflictError):
    code, title = "delivery-not-dead", "Only deliveries that were given up can be sent again"


class ChannelExistsError(ConflictError):
    code, title = "channel-exists", "This workspace has that channel already"


class ChannelLimitError(ConflictError):
    code, title = "channel-limit", "The workspace has as many channels as it may; delete one first"


class ChannelUnsupportedError(InvalidInputError):
    code, title = "channel-unsupported", "This platform has no provider for that kind of channel"


class ChannelNotVerifiedError(ConflictError):
    code, title = "channel-not-verified", "Confirm the channel first, by the code that was sent"


class ConfirmationLimitError(QuotaExceededError):
    code, title = "confirmation-limit", "Too many codes were asked for today; try again tomorrow"


class ChannelCodeInvalidError(InvalidInputError):
    code, title = (
        "channel-code-invalid",
        "The code is wrong or too old; delete the channel and add it again for a new one",
    )


class EventNotFoundError(NotFoundError):
    code, title = "event-not-found", "No such event"


class NotificationNotFoundError(NotFoundError):
    code, title = "notification-not-found", "No such notification"
