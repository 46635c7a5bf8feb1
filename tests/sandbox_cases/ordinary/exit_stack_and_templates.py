# ruff: noqa
# Several brackets closed together, methods with fixed arguments, texts from templates.
from contextlib import ExitStack, contextmanager
from decimal import Decimal, getcontext
from functools import partialmethod
from string import Template

from naru import Strategy

getcontext().prec = 28
LINE = Template("$side at ${price}")


@contextmanager
def noted(book, name):
    book.append(name)
    try:
        yield book
    finally:
        book.append(f"/{name}")


class Stacked(Strategy):
    def enter(self, size, tag=None):
        self.buy(size=size, tag=tag)

    scout = partialmethod(enter, 0.1, tag="scout")
    main = partialmethod(enter, 0.4, tag="main")

    def on_bar(self):
        book = []
        with ExitStack() as stack:
            for name in ("risk", "orders"):
                stack.enter_context(noted(book, name))
            stack.callback(book.append, "last")
            if not self.position:
                self.scout() if len(self.data.close) % 2 else self.main()
        if book[-1] != "/risk":
            raise RuntimeError(book)
        price = Decimal(str(self.data.close[-1])).quantize(Decimal("0.01"))
        if len(self.data.close) == 1:
            self.log(LINE.substitute(side="buy", price=price), LINE.safe_substitute())
