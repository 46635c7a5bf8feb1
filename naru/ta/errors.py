"""What goes wrong when an indicator is called."""

from naru.errors import FieldError


class IndicatorArgumentError(FieldError):
    """An indicator was given an argument it cannot use; ``field`` names it."""
