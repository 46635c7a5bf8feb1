"""Where a request comes from: the peer of its connection, or whom trusted proxies saw."""

from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

_IPV6_CUSTOMER_BITS = 64


def client_address(scope: Scope, trusted_hops: int) -> str | None:
    """Return the client's IP address.

    Each of our ``trusted_hops`` proxies appends whom it was called by to ``X-Forwarded-For``, so
    the client stands that many places from the right; whatever is left of it, the client may have
    written. Where that place is missing or holds no address, the request has not come through our
    proxies, and the connection's peer is all that is known.
    """
    client = scope.get("client")
    peer: str | None = client[0] if client else None
    if not trusted_hops:
        return peer
    fields = (value for name, value in scope["headers"] if name == b"x-forwarded-for")
    seen = b",".join(fields).decode("latin-1").split(",")
    if len(seen) < trusted_hops:
        return peer
    return _read(seen[-trusted_hops].strip()) or peer


def address_block(address: str) -> str:
    """Return what one customer has of addresses: an IPv4 address, or 2**64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return f"{int(found) >> _IPV6_CUSTOMER_BITS:x}/{_IPV6_CUSTOMER_BITS}"
    return str(found)


def _read(text: str) -> str | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)
