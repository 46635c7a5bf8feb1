"""Serve a page with a policy that lets it run its own script and nothing else."""

import base64
import re
from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi.responses import HTMLResponse

_SHARED = "page.js"
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def page(name: str) -> HTMLResponse:
    """Return one of the pages beside this module."""
    text, policy = _load(name)
    return HTMLResponse(
        text,
        headers={
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@cache
def _load(name: str) -> tuple[str, str]:
    folder = files("auth_service.pages")
    shared = folder.joinpath(_SHARED).read_text("utf-8")
    text = folder.joinpath(f"{name}.html").read_text("utf-8").replace(f"{{{_SHARED}}}", shared)
    allowed = {kind: _hash(content) for kind, content in _INLINE.findall(text)}
    policy = (
        f"default-src 'none'; script-src '{allowed['script']}'; style-src '{allowed['style']}';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return text, policy


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(sha256(content.encode()).digest()).decode()
