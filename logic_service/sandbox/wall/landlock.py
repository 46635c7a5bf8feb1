"""Landlock: no path, no TCP port, no signal or abstract socket beyond the domain.

A ruleset that handles every right its kernel knows and allows none. Each ABI adds rights;
asking for one that the kernel does not know is an error, so the mask follows the ABI.
Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os

from logic_service.sandbox.wall import kernel

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION_FLAG = 1

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # ABI -> how many low bits are rights on files
_NETWORK_SINCE, _NETWORK_RIGHTS = 4, 0b11  # bind and connect TCP
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract unix sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def abi() -> int:
    """Return the kernel's Landlock ABI, 0 where there is none."""
    try:
        return kernel.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def ruleset_for(version: int) -> tuple[int, int, int]:
    """Return (file rights, network rights, scopes) that an ABI can take away."""
    bits = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    return (
        (1 << bits) - 1,
        _NETWORK_RIGHTS if version >= _NETWORK_SINCE else 0,
        _SCOPES if version >= _SCOPES_SINCE else 0,
    )


def restrict() -> int:
    """Take every right the kernel can take, from this process and its children.

    Returns the ABI used, 0 where the kernel has no Landlock. Needs no_new_privs.
    Raises OSError when the kernel has Landlock and refuses.
    """
    version = abi()
    if version == 0:
        return 0
    rules = _Ruleset(*ruleset_for(version))
    size = 8 if version < _NETWORK_SINCE else 16 if version < _SCOPES_SINCE else 24
    ruleset = kernel.syscall(_CREATE_RULESET, ctypes.c_void_p(ctypes.addressof(rules)), size, 0)
    try:
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version
