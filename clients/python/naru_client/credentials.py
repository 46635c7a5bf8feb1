"""Who the client is: an API key, or a session that is renewed while it is used."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_RENEWED_BEFORE_END_S = 60.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session.

    expires_at   when the access token ends, seconds since the epoch
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float

    @classmethod
    def lasting(cls, access_token: str, refresh_token: str, expires_in: float) -> "Tokens":
        """Return tokens that were handed out just now."""
        return cls(access_token, refresh_token, time.time() + expires_in)


class Credentials:
    """Holds what a client signs its calls with. Safe for threads.

    on_tokens    told about new tokens, and about None once the session has ended
    load_tokens  where several processes share a session: what the others have left behind
    """

    def __init__(
        self,
        api_key: str | None = None,
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens | None], None] | None = None,
        load_tokens: Callable[[], Tokens | None] | None = None,
    ) -> None:
        self._api_key = api_key
        self._tokens = tokens
        self._on_tokens = on_tokens
        self._load_tokens = load_tokens
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Tell the kind and nothing else."""
        kind = "API key" if self._api_key else "session" if self._tokens else "nobody"
        return f"<Credentials: {kind}>"

    @property
    def tokens(self) -> Tokens | None:
        """The session's tokens, if there is a session."""
        return self._tokens

    @property
    def secret(self) -> str | None:
        """What goes into ``Authorization``."""
        if self._api_key is not None:
            return self._api_key
        tokens = self._tokens
        return tokens.access_token if tokens else None

    @property
    def can_renew(self) -> bool:
        """Whether there is a session to renew."""
        return self._api_key is None and self._tokens is not None

    def is_stale(self) -> bool:
        """Tell whether the access token ends within a minute."""
        tokens = self._tokens if self._api_key is None else None
        return tokens is not None and tokens.expires_at - time.time() < _RENEWED_BEFORE_END_S

    def adopt(self) -> None:
        """Go on with what another process has made of the session; a refresh token works once."""
        found = self._load_tokens() if self._load_tokens is not None else None
        if found is not None:
            self._tokens = found

    def replace(self, tokens: Tokens | None) -> None:
        """Go on with other tokens, or with none."""
        with self._lock:
            self._tokens = tokens
            if self._on_tokens is not None:
                self._on_tokens(tokens)
