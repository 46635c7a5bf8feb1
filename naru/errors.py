"""What the kit raises. Every class names the thing that is wrong, so that a user can mend it."""


class NaruError(ValueError):
    """The base of the kit's own errors."""


class FieldError(NaruError):
    """One named field is wrong.

    field    the field, option or argument, as the user spells it
    message  what is wrong with it
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message

    def __reduce__(self) -> tuple[type["FieldError"], tuple[str, str]]:
        return type(self), (self.field, self.message)


class ConfigError(FieldError):
    """An option of a run is wrong."""


class ParamError(FieldError):
    """A strategy's parameter has a value that it does not take."""


class OrderArgumentError(FieldError):
    """An argument of an order is wrong."""


class StrategyDefinitionError(NaruError):
    """The source defines no strategy, or not just one, or one that cannot run."""


class StrategyUseError(NaruError):
    """A strategy uses the kit in a way that it does not offer, or at the wrong time."""


class LookAheadError(NaruError):
    """A strategy's decisions change when later bars are taken away."""


class OrderLogError(NaruError):
    """The bytes are no order log, or one that no strategy can have written."""


class ReconciliationError(NaruError):
    """The replay and the run it replays do not come to the same result."""
