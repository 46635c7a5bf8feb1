"""``types.SimpleNamespace`` whose names are such as a strategy may write.

The original takes any name at all, also those that ``copy`` asks objects for, and does what they
answer.
"""

from __future__ import annotations

from typing import Any

from logic_service.sandbox.policy import classes, guards, names


class SimpleNamespace(classes.PlainObject):
    """An object that is nothing but its attributes."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, /, **values: Any) -> None:
        target = guards.guard_write(self)
        for name, value in values.items():
            setattr(target, guards.writable(name), value)

    def __repr__(self) -> str:
        return f"namespace({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return vars(self) == vars(other)


SimpleNamespace.__module__ = names.STRATEGY_MODULE  # its objects are the strategy's own
