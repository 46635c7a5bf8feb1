"""The few cookies that pass the edge. None of them signs anybody in."""

from collections.abc import Iterable

_AUTH = "/auth/"
_PASSED_ON = {"naru_device", "naru_oauth"}


def may_set_cookies(path: str) -> bool:
    """Tell whether an operation at this template may leave cookies, or read them."""
    return path.startswith(_AUTH)


def cookies_for_service(path: str, cookies: Iterable[bytes]) -> bytes:
    """Return the Cookie field for an operation: of `/auth`, what it knows; of others, nothing."""
    if not may_set_cookies(path):
        return b""
    pairs = (pair.strip() for field in cookies for pair in field.split(b";"))
    kept = [pair for pair in pairs if pair.partition(b"=")[0].decode("latin-1") in _PASSED_ON]
    return b"; ".join(kept)
