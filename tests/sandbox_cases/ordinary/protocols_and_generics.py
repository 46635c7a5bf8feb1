from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar, runtime_checkable

from naru import Strategy

K = TypeVar("K")
V = TypeVar("V", bound=float)


@runtime_checkable
class Sized(t.Protocol):
    def size(self) -> float: ...


class Fixed:
    def __init__(self, amount: float) -> None:
        self._amount = amount

    def size(self) -> float:
        return self._amount


class Registry(Generic[K, V]):
    def __init__(self) -> None:
        self._items: dict[K, V] = {}

    def put(self, key: K, value: V) -> "Registry[K, V]":
        self._items[key] = value
        return self

    def items(self) -> Iterator[tuple[K, V]]:
        yield from self._items.items()


class Bag(MutableMapping):
    def __init__(self, start: Mapping[str, float] = {}) -> None:
        self._d = dict(start)

    def __getitem__(self, key): return self._d[key]
    def __setitem__(self, key, value): self._d[key] = value
    def __delitem__(self, key): del self._d[key]
    def __iter__(self): return iter(self._d)
    def __len__(self): return len(self._d)


class Typed(Strategy):
    sizer: t.Final[Fixed] = Fixed(0.1)

    def init(self) -> None:
        self.registry: Registry[str, float] = Registry()
        self.bag = Bag({"a": 1.0})
        assert isinstance(self.sizer, Sized)

    def on_bar(self) -> None:
        self.registry.put(self.now.isoformat(), float(self.data.close[-1]))
        self.bag.update(b=2.0)
        if not self.position and self.bag.get("b") == 2.0 and t.cast(float, self.bag.pop("b")):
            self.buy(self.sizer.size())
