"""``copy``, whose memo is no list of addresses.

``deepcopy`` keeps what it has copied by ``id``. A dict that a strategy gave would hold these
numbers afterwards, and a ``__deepcopy__`` sees them on the way.
"""

from __future__ import annotations

import copy
import types
from typing import Any

from logic_service.sandbox.policy.facades.frozen import Facade


class Memo:
    """What one ``deepcopy`` has copied: to be handed on, and not to be looked through."""

    __slots__ = ("_copies_",)

    def __init__(self) -> None:
        self._copies_: dict[int, Any] = {}

    def get(self, key: int, default: Any = None) -> Any:
        """Return the copy of what has a key."""
        return self._copies_.get(key, default)

    def __getitem__(self, key: int) -> Any:
        return self._copies_[key]

    def __setitem__(self, key: int, value: Any) -> None:
        self._copies_[key] = value


def copy_facade() -> Facade:
    """Return ``copy``."""
    return Facade("copy", {"copy": _copy, "deepcopy": _deepcopy})


def _copy(x: Any) -> Any:
    # A method would be had anew by ``getattr``, under the name that its function goes by.
    return x if type(x) is types.MethodType else copy.copy(x)


def _deepcopy(x: Any, memo: Memo | None = None) -> Any:
    if memo is not None and type(memo) is not Memo:
        raise TypeError("deepcopy's memo is the one that __deepcopy__ is given; leave it out")
    return copy.deepcopy(x, Memo() if memo is None else memo)  # type: ignore[arg-type]
