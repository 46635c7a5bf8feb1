from collections import deque
from typing import Generic, Iterator, TypeVar
from naru import Strategy

T = TypeVar("T")


class RollingWindow(Generic[T]):
    def __init__(self, size: int):
        self._items: deque[T] = deque(maxlen=size)
        self.Size = size

    def Add(self, item: T) -> None:
        self._items.appendleft(item)

    @property
    def IsReady(self) -> bool:
        return len(self._items) == self.Size

    def __getitem__(self, i: int) -> T:
        return self._items[i]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)


class Window(Strategy):
    def on_start(self):
        self.closes: RollingWindow[float] = RollingWindow[float](5)

    def on_bar(self):
        self.closes.Add(self.data.close[-1])
        if not self.closes.IsReady:
            return
        if self.closes[0] == max(self.closes):
            self.buy(size=0.1)
        elif self.position and self.closes[0] == min(self.closes):
            self.position.close()
