"""Texts from the child, before anybody keeps them: no secrets, no memory addresses, all text."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"""
    \bsk_(?:live|test)_[A-Za-z0-9_-]{8,}            # this platform's keys
    | \bAKIA[0-9A-Z]{16}\b                          # AWS access keys
    | (?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}    # JSON web tokens; one start per word
    | \bgh[pousr]_[A-Za-z0-9]{20,}                  # GitHub tokens
    | \bSG\.[\w-]{16,}\.[\w-]{16,}                  # SendGrid keys
    | (?i:\bbearer\s+)[\w.~+/-]{16,}=*
    | (?i:\b(?:api[_-]?key|secret|password|passwd|token)\b["']?\s*[:=]\s*)
      (?:"[^"]{6,}"|'[^']{6,}'|[^\s"',;]{6,})
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[\s\S]*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE,
)
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_MIGHT_MATCH = re.compile(
    r"0x|sk_|AKIA|eyJ|gh[pousr]_|SG\.|-----BEGIN|(?i:bearer|key|secret|pass|token)"
)


def storable(text: str) -> str:
    """Replace what UTF-8 and PostgreSQL cannot hold: lone surrogates and U+0000."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def scrub(text: str) -> str:
    """Replace what looks like a credential, and addresses, which differ between machines."""
    if not _MIGHT_MATCH.search(text):
        return text
    return _ADDRESS.sub("at 0x...", _SECRETS.sub("[secret]", text))
