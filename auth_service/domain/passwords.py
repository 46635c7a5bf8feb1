"""Which passwords are refused: those that guessers try first.

No rule about kinds of characters (NIST SP 800-63B 3.1.1.2): length, and no well-known choice.
"""

import string
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

Weakness = Literal["well-known", "repetitive", "sequence", "contains-address"]

_SWAPS = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "$": "s", "@": "a", "!": "i"}
)
_AROUND = string.digits + string.punctuation + string.whitespace
_KEYBOARD = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiop",
)
_FEWEST_DIFFERENT = 4
_SHORTEST_RUN_SHARE = 0.8
_SHORTEST_PART = 4
_LOOKED_AT = 64


def find_weakness(password: str, email: str) -> Weakness | None:
    """Return why a guesser would soon have it; None when it will do."""
    text = password.casefold()[:_LOOKED_AT]
    if len(set(text)) < _FEWEST_DIFFERENT or _is_repeated(text):
        return "repetitive"
    if _longest_run(text) >= _SHORTEST_RUN_SHARE * len(text):
        return "sequence"
    if _stems(text) & _words():
        return "well-known"
    if _stems(text) & _parts_of(email):
        return "contains-address"
    return None


def _stems(text: str) -> set[str]:
    """Return what may be the word inside: bare, and with the usual letter swaps undone.

    Which ``1`` is a letter and which a number at the end cannot be told, so both are tried.
    """
    found = set()
    for bare in (text, text.strip(_AROUND), text.rstrip(_AROUND), text.lstrip(_AROUND)):
        plain = bare.translate(_SWAPS)
        for word in (bare, plain, plain.replace("l", "i")):
            stripped = word.strip(_AROUND)
            found |= {stripped, _without_repeats(stripped)}
    return found - {""}


def _without_repeats(text: str) -> str:
    """Return the unit of which ``text`` is made up: ``monkey`` of ``monkeymonkey``."""
    place = (text + text).find(text, 1)
    return text[:place] if 0 < place < len(text) else text


def _is_repeated(text: str) -> bool:
    return len(_without_repeats(text)) < _FEWEST_DIFFERENT


def _longest_run(text: str) -> int:
    """Return the length of the longest stretch that runs along a keyboard row or the alphabet."""
    best = 0
    for row in _KEYBOARD:
        for line in (row + row, row[::-1] + row[::-1]):
            best = max(best, _common_stretch(text, line))
    return best


def _common_stretch(text: str, line: str) -> int:
    best = 0
    lengths = [0] * (len(line) + 1)
    for letter in text:
        before = 0
        for place, other in enumerate(line, 1):
            before, lengths[place] = lengths[place], before + 1 if letter == other else 0
            best = max(best, lengths[place])
    return best


def _parts_of(email: str) -> set[str]:
    local, _, domain = email.casefold().partition("@")
    parts: Iterable[str] = (email.casefold(), local, domain, domain.partition(".")[0])
    return {part for part in parts if len(part) >= _SHORTEST_PART}


@cache
def _words() -> frozenset[str]:
    text = files("auth_service.domain").joinpath("common_passwords.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())
