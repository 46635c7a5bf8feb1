"""Where ``naru remote`` works, and as whom: a file for its owner alone, or the environment."""

import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from naru_client import NaruClient, Tokens
from naru_client.client import DEFAULT_URL


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """``NARU_URL`` and ``NARU_API_KEY``, which win over the file, and where the file is."""

    url: str | None
    api_key: str | None
    file: Path

    @classmethod
    def read(cls) -> Self:
        """Read the environment."""
        home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return cls(
            os.environ.get("NARU_URL") or None,
            os.environ.get("NARU_API_KEY") or None,
            Path(home) / "naru" / "remote.json",
        )


class Profile:
    """The address and the session that ``naru remote login`` has left, or the environment's."""

    def __init__(self, settings: RemoteSettings) -> None:
        self._settings = settings
        kept = self._read()
        self.url = settings.url or kept.get("url") or DEFAULT_URL
        self._is_kept = kept.get("url") == self.url

    @property
    def file(self) -> Path:
        """Where the session is kept."""
        return self._settings.file

    @property
    def from_environment(self) -> bool:
        """Whether an API key of the environment is used."""
        return self._settings.api_key is not None

    def client(self, url: str | None = None) -> NaruClient:
        """Return a client that keeps its session in the file."""
        if url is not None:
            self.url = url.rstrip("/")
            self._is_kept = False
        if self.from_environment:
            return NaruClient(self.url, api_key=self._settings.api_key)
        return NaruClient(
            self.url,
            tokens=self._tokens() if self._is_kept else None,
            on_tokens=self.keep,
            load_tokens=self._tokens,
        )

    def keep(self, tokens: Tokens | None) -> None:
        """Write the session down; None forgets it."""
        if tokens is None:
            self.file.unlink(missing_ok=True)
            return
        kept = {
            "url": self.url,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "expires_at": tokens.expires_at,
        }
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes files that only their owner may read; the rename leaves no half file.
        number, name = tempfile.mkstemp(dir=self.file.parent, prefix="remote-")
        with os.fdopen(number, "w") as file:
            json.dump(kept, file)
        Path(name).replace(self.file)

    def _tokens(self) -> Tokens | None:
        kept = self._read()
        try:
            if kept["url"] != self.url:
                return None
            tokens, ends_at = (kept["access_token"], kept["refresh_token"]), kept["expires_at"]
            return Tokens(*tokens, float(ends_at)) if all(map(_is_token, tokens)) else None
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.file.read_text())
        except (OSError, ValueError):  # nobody has signed in, or the file is of no use any more
            return {}
        return found if isinstance(found, dict) else {}


def _is_token(found: Any) -> bool:
    """Tell whether it could be sent in a header; a damaged file may hold anything."""
    return isinstance(found, str) and re.fullmatch("[!-~]+", found) is not None
