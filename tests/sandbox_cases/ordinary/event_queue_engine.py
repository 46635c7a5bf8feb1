"""QuantStart-like: a queue of events inside of one strategy."""
from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar, Generic, Iterator, Protocol, TypeVar

from naru import Strategy, ta

E = TypeVar("E", bound="Event")


@dataclass(frozen=True)
class Event:
    kind: ClassVar[str] = "event"
    time: int


@dataclass(frozen=True)
class Signal(Event):
    kind: ClassVar[str] = "signal"
    strength: float = 1.0


@dataclass(frozen=True)
class Exit(Event):
    kind: ClassVar[str] = "exit"


class Handler(Protocol[E]):
    def __call__(self, event: E) -> None: ...


class EventQueue(Generic[E]):
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, E]] = []
        self._order = count()

    def put(self, event: E, delay: int = 0) -> None:
        heapq.heappush(self._heap, (event.time + delay, next(self._order), event))

    def due(self, now: int) -> Iterator[E]:
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[-1]

    def __len__(self) -> int:
        return len(self._heap)


class EventDriven(Strategy):
    def init(self) -> None:
        self.queue: EventQueue[Event] = EventQueue()
        self.handlers: dict[str, Handler] = {"signal": self._on_signal, "exit": self._on_exit}
        self.seen: set[Event] = set()
        self.audit: deque[Event] = deque(maxlen=100)
        self.momentum = self.indicator(ta.roc, self.data.close, 5)

    def _on_signal(self, event: Signal) -> None:
        if not self.position:
            self.buy(percent=min(0.9, event.strength))
            self.queue.put(Exit(event.time), delay=12)

    def _on_exit(self, event: Exit) -> None:
        if self.position:
            self.position.close()

    def on_bar(self) -> None:
        now = len(self.data)
        if self.momentum[-1] > 0.5 and now % 3 == 0:
            self.queue.put(Signal(now, strength=0.5), delay=1)
        for event in self.queue.due(now):
            if event in self.seen:
                continue
            self.seen.add(event)
            self.audit.append(event)
            try:
                self.handlers[event.kind](event)
            except KeyError as error:
                raise RuntimeError(f"no handler for {event}") from error
