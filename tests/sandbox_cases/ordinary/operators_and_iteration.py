from functools import total_ordering

from naru import Strategy


@total_ordering
class Money:
    __slots__ = ("amount",)

    def __init__(self, amount):
        self.amount = round(amount, 2)

    def __add__(self, other):
        return Money(self.amount + getattr(other, "amount", other))

    __radd__ = __add__

    def __mul__(self, times):
        return Money(self.amount * times)

    def __eq__(self, other):
        return self.amount == other.amount

    def __lt__(self, other):
        return self.amount < other.amount

    def __hash__(self):
        return hash(self.amount)

    def __bool__(self):
        return self.amount != 0

    def __float__(self):
        return float(self.amount)

    def __format__(self, spec):
        return format(self.amount, spec or ",.2f") + " USD"


class Window:
    def __init__(self, size):
        self._items, self._size = [], size

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)

    def __getitem__(self, place):
        return self._items[place]

    def __contains__(self, item):
        return item in self._items

    def push(self, item):
        self._items = [*self._items, item][-self._size:]
        return self


class Overloaded(Strategy):
    def init(self):
        self.window = Window(10)

    def on_bar(self):
        self.window.push(Money(float(self.data.close[-1])))
        total = sum(self.window, Money(0))
        if max(self.window) == self.window[-1] and len(self.window) == 10 and not self.position:
            self.buy(0.5)
            self.log(f"{total} {total * 0.5:.1f}", Money(1) >= Money(1), len({*self.window}))
        elif min(self.window) in (self.window[-1],):
            self.position.close()
