"""What is the same for everybody: written, packed and named once."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

_LEVEL = 9  # paid once, for every reader from then on


@dataclass(frozen=True, slots=True)
class Published:
    """A whole page, plain and packed."""

    plain: bytes
    packed: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, body: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Self:
        """Return a page; its tag is the same in either form, since it says the same."""
        tag = f'W/"{sha256(body).hexdigest()[:24]}"'
        own = {"Content-Type": media_type, "ETag": tag, "Vary": "Accept-Encoding"}
        return cls(body, gzip.compress(body, _LEVEL, mtime=0), own | dict(headers or {}))

    def answer(self, request: Request) -> Response:
        """Answer in the form that the client can read."""
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response(self.plain, headers=dict(self.headers))
        return Response(self.packed, headers={**self.headers, "Content-Encoding": "gzip"})
