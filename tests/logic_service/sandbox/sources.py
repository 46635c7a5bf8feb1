"""Small strategies for tests."""

import textwrap

BUY_ONCE = '''
from naru import Strategy, param

class BuyOnce(Strategy):
    """Buy at the first bar."""

    size = param(1, low=1, high=10)

    def on_bar(self):
        if not self.state.get("done"):
            self.state["done"] = True
            self.buy(self.size)
            self.log("bought", self.size)
            self.plot("close", self.data.close[-1])
'''


def on_bar(body: str, *, before: str = "") -> str:
    """Return a strategy whose ``on_bar`` is ``body``, after the module lines ``before``."""
    lines = textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
    return (
        f"from naru import Strategy\n{textwrap.dedent(before)}\n"
        f"class Tested(Strategy):\n    def on_bar(self):\n{lines}\n"
    )


def line_of(source: str, text: str) -> int:
    """Return the 1-based line on which ``text`` stands."""
    return source[: source.index(text)].count("\n") + 1
