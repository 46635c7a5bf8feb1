"""What a strategy remembers between runs: ``self.state``."""

import json
from typing import Any

from naru.errors import StrategyUseError

MAX_STATE_BYTES = 1 << 20


def checked_state(state: object) -> dict[str, Any]:
    """Return a copy of ``self.state`` as JSON has it. Raises StrategyUseError."""
    try:
        text = json.dumps(state, allow_nan=False, ensure_ascii=False)
        read = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise StrategyUseError(f"self.state must hold what JSON can: {error}") from error
    if not isinstance(read, dict):
        raise StrategyUseError("self.state must stay a dict")
    if len(text.encode(errors="surrogatepass")) > MAX_STATE_BYTES:
        raise StrategyUseError("self.state is larger than 1 MiB")
    return read
