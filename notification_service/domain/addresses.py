"""Which IP addresses a webhook may be sent to."""

from ipaddress import IPv4Address, IPv6Address, ip_network

# ``is_global`` alone is not enough: it is true for addresses that lead back inside.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's platform endpoint
        "64:ff9b::/96",  # NAT64: an IPv4 address in disguise
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4, likewise
        "2001::/32",  # Teredo, likewise
        "::/96",  # IPv4-compatible, likewise
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether the address lies on the public internet and is no way back into a network."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is not None:
        return is_public(mapped)
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == network.version and address in network for network in _NEVER)
