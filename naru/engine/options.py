"""Reading the values of options: numbers as decimals, days, times of day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from naru.errors import ConfigError


def as_decimal(field: str, value: object, low: float, high: float) -> Decimal:
    """Return a number given as int, float, text or Decimal. Raises ConfigError.

    A float counts as the shortest decimal that reads as it, so 0.1 is one tenth.
    """
    if type(value) not in (int, float, str, Decimal):
        raise ConfigError(field, f"must be a number, not {value!r}")
    try:
        number = Decimal(repr(value) if type(value) is float else value)  # type: ignore[arg-type]
    except (InvalidOperation, ValueError) as error:
        raise ConfigError(field, f"must be a number, not {value!r}") from error
    if not number.is_finite() or not low <= number <= high:
        raise ConfigError(field, f"must lie within {low:g} and {high:g}, not {value}")
    if len(number.as_tuple().digits) > 28:
        raise ConfigError(field, "has more than 28 digits")
    return number + 0  # drops the sign of a negative zero


def as_int(field: str, value: object, low: int, high: int) -> int:
    """Return a whole number, which a text may spell. Raises ConfigError."""
    if type(value) is str and value.lstrip("-").isdecimal():
        value = int(value)
    if type(value) is not int:
        raise ConfigError(field, f"must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise ConfigError(field, f"must lie within {low} and {high}, not {value}")
    return value


def as_bool(field: str, value: object) -> bool:
    """Return a truth value, which a text may spell. Raises ConfigError."""
    settled = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
    if type(settled) is not bool:
        raise ConfigError(field, f"must be true or false, not {value!r}")
    return settled


def as_choice(field: str, value: object, choices: Sequence[str]) -> str:
    """Return one of the choices. Raises ConfigError."""
    if type(value) is not str or value not in choices:
        raise ConfigError(field, f"must be one of {', '.join(choices)}, not {value!r}")
    return value


def as_date(field: str, value: object) -> date:
    """Return a day, given as such or as YYYY-MM-DD. Raises ConfigError."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ConfigError(field, f"must be a day as YYYY-MM-DD, not {value!r}") from error


def as_list(field: str, value: object) -> list[object]:
    """Return the members of a list or tuple. Raises ConfigError."""
    if not isinstance(value, list | tuple):
        raise ConfigError(field, "must be a list")
    return list(value)
