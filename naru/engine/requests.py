"""What a strategy's calls say, checked and written as records of the order log.

Only values of exact type int, float or str pass, finite and bounded: a number that behaves
differently when asked twice must not reach the book. NumPy's numbers are converted first, and a
series stands for its newest value, as it does in comparisons.
"""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np

from naru.engine.orderlog import BIGGEST, MAX_TAG_BYTES, SMALLEST, TIFS, At, Flag, Kind, Mode, Tif
from naru.errors import OrderArgumentError
from naru.series import Series

ABSENT = math.nan
_TIFS = {name: code for code, name in enumerate(TIFS)}
_MOMENTS = {"open": At.OPEN, "close": At.CLOSE}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def number(name: str, value: Any) -> float:
    """Return a finite number of exact type. Raises OrderArgumentError."""
    kind = type(value)
    if kind is not float:
        if kind is int:
            if not -(10**18) < value < 10**18:
                raise OrderArgumentError(name, "is out of range")
        elif kind is Series:
            value = value[-1]
        elif not isinstance(value, np.integer | np.floating):
            raise OrderArgumentError(name, f"must be a number, not {kind.__name__}")
        value = float(value)
        if type(value) is not float:
            raise OrderArgumentError(name, "must be a plain number")
    if not -BIGGEST <= value <= BIGGEST:
        raise OrderArgumentError(name, f"must be finite and within ±{BIGGEST:g}, not {value}")
    settled: float = value
    return settled


def positive(name: str, value: Any) -> float:
    """Return a positive number of exact type. Raises OrderArgumentError."""
    settled = number(name, value)
    if settled < SMALLEST:
        raise OrderArgumentError(name, f"must be positive, not {settled:g}")
    return settled


def price(name: str, value: Any) -> float:
    """Return a price, NaN when none is given. Raises OrderArgumentError."""
    return ABSENT if value is None else positive(name, value)


def distance(trail: Any, trail_percent: Any) -> float:
    """Return how far a trailing stop stays behind: quote currency or a fraction; NaN if not."""
    if trail_percent is None:
        return price("trail", trail)
    fraction = positive("trail_percent", trail_percent)
    if fraction >= 1:
        raise OrderArgumentError("trail_percent", "is a fraction below 1: 0.05, not 5")
    return fraction


def trailing_stop_loss(kind: int, sl: Any, trail: Any, trail_percent: Any) -> tuple[Any, Any]:
    """Return the distances of a stop-loss that trails, where an order can have one."""
    if kind == Kind.TRAIL:
        raise OrderArgumentError("sl_trail", "goes with orders that do not trail themselves")
    if sl is not None or (trail is not None and trail_percent is not None):
        raise OrderArgumentError("sl_trail", "give one of sl, sl_trail and sl_trail_percent")
    return trail, trail_percent


def text(name: str, value: Any) -> str:
    """Return a text of exact type. Raises OrderArgumentError."""
    if type(value) is not str:
        raise OrderArgumentError(name, f"must be a text, not {type(value).__name__}")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise OrderArgumentError(name, "holds characters that are no text") from error
    if size > MAX_TAG_BYTES:
        raise OrderArgumentError(name, f"is longer than {MAX_TAG_BYTES} bytes")
    return value


def tag(value: Any) -> str:
    """Return an order's tag: a short text on one line. Raises OrderArgumentError."""
    checked = text("tag", value)
    if not checked.isprintable():
        raise OrderArgumentError("tag", "holds a line break or another character without a shape")
    return checked


def sizing(size: Any, value: Any, percent: Any, risk: Any, sl: Any) -> tuple[int, float]:
    """Return the mode and the amount of the one size that was given."""
    if percent is not None and size is None and value is None and risk is None:
        amount = positive("percent", percent)
        if amount > 1000:
            raise OrderArgumentError("percent", "is a fraction of equity: 0.95, not 95")
        return Mode.PERCENT, amount
    given = [
        (mode, name, amount)
        for mode, name, amount in (
            (Mode.UNITS, "size", size),
            (Mode.VALUE, "value", value),
            (Mode.PERCENT, "percent", percent),
            (Mode.RISK, "risk", risk),
        )
        if amount is not None
    ]
    if len(given) != 1:
        raise OrderArgumentError("size", "give one of size, value, percent and risk")
    mode, name, amount = given[0]
    if mode == Mode.RISK and sl is None:
        raise OrderArgumentError("risk", "needs sl, the price at which the loss is taken")
    return mode, positive(name, amount)


def kind_of(limit: Any, stop: Any, trail: Any, trail_percent: Any) -> int:
    """Return the kind of order that these prices make."""
    if trail is not None or trail_percent is not None:
        if limit is not None or stop is not None or (trail is not None) == (
            trail_percent is not None
        ):  # fmt: skip
            raise OrderArgumentError("trail", "stands alone: no limit, stop or second trail")
        return Kind.TRAIL
    if stop is not None:
        return Kind.STOP if limit is None else Kind.STOP_LIMIT
    return Kind.MARKET if limit is None else Kind.LIMIT


def lifetime(tif: Any, until: Any) -> tuple[int, int]:
    """Return the time in force and the instant (ns) at which a GTD order ends."""
    code = _TIFS.get(tif) if type(tif) is str else None
    if code is None:
        raise OrderArgumentError("tif", f"must be one of {', '.join(_TIFS)}, not {tif!r}")
    if (until is not None) != (code == Tif.GTD):
        raise OrderArgumentError("until", 'goes with tif="gtd", which needs it')
    return code, 0 if until is None else instant("until", until)


def instant(name: str, value: Any) -> int:
    """Return ns since the epoch of a datetime, an ISO 8601 text, or a number of ns."""
    if type(value) is str:
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise OrderArgumentError(name, f"is no ISO 8601 instant: {value!r}") from error
    if type(value) is datetime:
        since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH
        value = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
    if type(value) is not int or not 0 <= value < 2**62:
        raise OrderArgumentError(name, "must be a datetime, an ISO 8601 text or ns")
    return value


def moment(at: Any, kind: int) -> int:
    """Return the moment of the day that a market order waits for."""
    if at is None:
        return At.ANY
    if type(at) is not str or at not in _MOMENTS:
        raise OrderArgumentError("at", f'must be "open" or "close", not {at!r}')
    if kind != Kind.MARKET:
        raise OrderArgumentError("at", "goes with market orders only")
    return _MOMENTS[at]


def flags(*, reduce_only: Any, post_only: Any, trail_percent: Any, kind: int, tif: int) -> int:
    """Return the flags that are asked."""
    asked = 0
    if reduce_only:
        asked |= Flag.REDUCE_ONLY
    if post_only:
        if kind != Kind.LIMIT or tif in (Tif.IOC, Tif.FOK):
            raise OrderArgumentError("post_only", "goes with limit orders that may rest")
        asked |= Flag.POST_ONLY
    if trail_percent is not None:
        asked |= Flag.TRAIL_FRACTION
    return asked
