import re
from re import IGNORECASE

from naru import Strategy

PAIR = re.compile(r"^(?P<base>[A-Z0-9]+)-(?P<quote>[A-Z]+)$")


class Pairs(Strategy):
    def init(self):
        self.bases = {}
        for symbol in ("BTC-USD", "ETH-USD"):
            if match := PAIR.match(symbol):
                self.bases[match["base"]] = match.group("quote")
        assert re.sub(r"\D+", "", "a1b22") == "122"
        assert re.findall("u.", "usd USD", flags=IGNORECASE) == ["us", "US"]
        assert re.split(r"[,;]\s*", "a, b;c") == ["a", "b", "c"]

    def on_bar(self):
        for base, quote in self.bases.items():
            self.target(percent=0.3, symbol=f"{base}-{quote}")
