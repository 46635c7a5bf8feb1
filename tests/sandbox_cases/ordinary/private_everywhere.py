# ruff: noqa
# One underscore before everything that is nobody's business, two before what is even less.
from collections import namedtuple
from dataclasses import dataclass, field
from enum import Enum

from naru import Strategy

_Quote = namedtuple("_Quote", "_bid ask", rename=True)


class _Phase(Enum):
    FLAT = 0
    LONG = 1

    @property
    def _is_long(self):
        return self._value_ == 1


@dataclass
class _Account:
    _risk: float = 0.01
    _marks: list = field(default_factory=list)

    def _size(self, other):
        return min(self._risk, other._risk)


class _Node:
    __slots__ = ("_next", "_price")

    def __init__(self, price, rest=None):
        self._price, self._next = price, rest


class _Base(Strategy):
    _count = 0
    __secret = 3

    @classmethod
    def _more(cls):
        cls._count += 1
        return cls._count

    @staticmethod
    def _peek(account):
        return account._marks[-1] if account._marks else None

    def _setup(self):
        self._phase, self._account, self._head = _Phase.FLAT, _Account(), None
        return self.__secret


def _tagged(method):
    method._tag = "entry"
    return method


class Underscores(_Base):
    def init(self):
        if super()._setup() != 3 or not hasattr(self, "_account"):
            raise RuntimeError("no set-up")

    @_tagged
    def _enter(self):
        self.buy(size=self._account._size(_Account(_risk=0.05)), tag=self._enter._tag)
        self._phase = _Phase.LONG

    def on_bar(self):
        self._head = _Node(self.data.close[-1], self._head)
        node, seen = self._head, []
        while node is not None and len(seen) < 5:
            seen.append(node._price)
            node = node._next
        quote = _Quote(min(seen), max(seen))._replace(ask=max(seen) + 1)
        self._account._marks.append(quote._asdict()["ask"])
        if self._more() > 5 and not self._phase._is_long and self._peek(self._account) > 0:
            self._enter()
        if getattr(self, "_missing", None) is not None:
            self.log("{0._risk}".format(self._account))
