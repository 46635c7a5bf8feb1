"""What to write instead of what raised an exception: a hint for the commonest mistakes."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from difflib import get_close_matches
from operator import attrgetter

from naru.strategy import Strategy

# Names that other platforms give to the same thing.
_ALSO_CALLED = {
    "qty": "size", "quantity": "size", "units": "size", "shares": "size", "amount": "size",
    "volume": "size", "pct": "percent", "price": "limit", "limit_price": "limit",
    "stop_price": "stop", "stop_loss": "sl", "stoploss": "sl", "take_profit": "tp",
    "takeprofit": "tp", "time_in_force": "tif", "trail_price": "trail", "oca": "oco",
    "ticker": "symbol", "comment": "tag", "entry": "buy", "order_target_percent": "target",
    "close_position": "position", "broker": "cash", "portfolio": "equity", "balance": "cash",
    "datetime": "now", "date": "now", "time": "now", "I": "indicator",
}  # fmt: skip
_UNKNOWN_ARGUMENT = re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'")
_TOO_MANY = re.compile(r"(?:(\w+)\.)?(\w+)\(\) takes (.+) but (\d+) (?:was|were) given")
_LONGEST = 300
_AMBIGUOUS = "truth value of an array"
_symbols = attrgetter("_run_.market.index")  # not the strategy's own word for it
_NOTHING_IN_IT = ("is out of bounds for axis 0 with size 0", "truth value of an empty array")


def advise(error: BaseException, frame: types.FrameType | None) -> str | None:
    """Return a hint, or None where there is nothing to say.

    frame  the strategy's own frame in which it happened, where it is known
    """
    try:
        if isinstance(error, AttributeError):
            return _of_attribute(error)
        if isinstance(error, NameError):
            return _of_name(error, frame)
        if isinstance(error, TypeError):
            return _of_call(str(error)[:_LONGEST])
        if isinstance(error, ValueError | LookupError):
            return _of_values(error, frame)
    except BaseException:  # a user's object may raise anything when it is looked at: no hint
        return None
    return None


def _of_attribute(error: AttributeError) -> str | None:
    names = dir(error.obj) if error.obj is not None else []
    return _meant(error.name, names)


def _of_key(frame: types.FrameType | None) -> str | None:
    if frame is None or "positions" not in frame.f_code.co_names:
        return None
    owner = frame.f_locals.get("self")
    if not isinstance(owner, Strategy):
        return None
    return f"self.positions has {', '.join(_symbols(owner))[:_LONGEST]}."


def _of_name(error: NameError, frame: types.FrameType | None) -> str | None:
    if frame is None:
        return None
    owner = frame.f_locals.get("self")
    if isinstance(owner, Strategy) and error.name in dir(owner):
        return f"Did you mean 'self.{error.name}'?"
    return _meant(error.name, [*frame.f_locals, *frame.f_globals])


def _of_call(message: str) -> str | None:
    unknown = _UNKNOWN_ARGUMENT.search(message)
    if unknown is not None:
        return _of_argument(unknown[1], unknown[2])
    many = _TOO_MANY.search(message)
    if many is None:
        return None
    method, takes = many[2], many[3]
    if method in ("buy", "sell"):
        return f"Give all but the size by name: {method}(1, limit=100)."
    if method == "target":
        return "Say what the number is: target(percent=0.5) or target(size=10)."
    return f"Methods take self first: write 'def {method}(self)'." if takes[:2] == "0 " else None


def _of_values(error: Exception, frame: types.FrameType | None) -> str | None:
    if isinstance(error, KeyError):
        return _of_key(frame)
    message = str(error)[:_LONGEST]
    if _AMBIGUOUS in message:
        return "A series or slice has many values: [-1] is the newest one."
    if any(sign in message for sign in _NOTHING_IN_IT):
        return "In init there are no bars yet: write self.indicator(ta.sma, self.data.close, 20)."
    return None


def _of_argument(method: str, name: str) -> str | None:
    function = getattr(Strategy, method, None)
    if not isinstance(function, types.FunctionType):
        return None
    code = function.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    return _meant(name, known) or f"{method} takes {', '.join(known)}."


def _meant(name: object, names: Iterable[str]) -> str | None:
    """Return the public name that was probably meant."""
    if type(name) is not str or len(name) > _LONGEST:  # comparing it would take the run's time
        return None
    known = sorted({each for each in names if type(each) is str and not each.startswith("_")})
    by_case = {each.lower(): each for each in known}
    found = by_case.get(name.lower())
    if found is None and _ALSO_CALLED.get(name) in known:
        found = _ALSO_CALLED[name]
    if found is None:
        found = next(iter(get_close_matches(name, known, 1, 0.6)), None)
    return None if found is None else f"Did you mean '{found}'?"
