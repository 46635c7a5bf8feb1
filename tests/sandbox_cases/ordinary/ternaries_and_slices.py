# ruff: noqa
from naru import Strategy


class Dense(Strategy):
    def on_bar(self):
        c = self.data.close
        last, previous, *_ = reversed([*c[-5:]]) if len(c) > 4 else (c[-1], c[-1])
        size = 0.1 if last > previous else 0.05 if last == previous else 0.0
        (self.buy(size, tag="up") if size else self.position.close()) if len(c) % 5 == 0 else None
        text = f"{last=:.1f} {'up' if last > previous else 'down':>5} {{literal}} {size!r}"
        assert text.startswith("last="), text
