"""What a strategy remembers between runs: ``self.state``."""

import json
from typing import Any

from naru.errors import StrategyUseError

MAX_STATE_BYTES = 1 << 20
MAX_DEPTH = 100
_LEAST, _MOST = -(2**63), 2**64 - 1  # integers that others than Python can read too


def encode_state(state: object) -> bytes:
    """Return JSON in UTF-8, as others count its bytes. Raises ``TypeError`` or ``ValueError``."""
    return json.dumps(state, allow_nan=False, ensure_ascii=False).encode()


def checked_state(state: object) -> dict[str, Any]:
    """Return a copy of ``self.state`` as JSON has it. Raises StrategyUseError."""
    try:
        data = encode_state(state)
        read = json.loads(data)
        check_bounds(read)
    except UnicodeEncodeError as error:
        raise StrategyUseError("self.state holds characters that are no text") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise StrategyUseError(f"self.state must hold what JSON can: {error}") from error
    if not isinstance(read, dict):
        raise StrategyUseError("self.state must stay a dict")
    if len(data) > MAX_STATE_BYTES:
        raise StrategyUseError("self.state is larger than 1 MiB")
    return read


def check_bounds(value: object) -> None:
    """Refuse JSON that others than Python cannot read: deep nesting, huge integers, infinity.

    Raises ``ValueError``.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for each in level:
            if type(each) is list:
                below += each
            elif type(each) is dict:
                below += each.values()
            elif type(each) is int and not _LEAST <= each <= _MOST:
                raise ValueError("an integer is longer than 64 bits")
            elif type(each) is float and each - each != 0.0:
                raise ValueError("a number is infinite or no number")
        if not below:
            return
        level = below
    raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
