"""What goes wrong when an indicator is called."""


class IndicatorArgumentError(ValueError):
    """An indicator was given an argument it cannot use; ``argument`` names it."""

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"{argument}: {message}")
        self.argument = argument
        self.message = message

    def __reduce__(self) -> tuple[type["IndicatorArgumentError"], tuple[str, str]]:
        return type(self), (self.argument, self.message)
