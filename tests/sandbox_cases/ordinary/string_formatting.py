import json
import string
import textwrap

from naru import Strategy

TEMPLATE = """
    bar {n:>5}
    close {close:12,.3f}
    change {change:+.2%}
"""


class Report(Strategy):
    def on_bar(self):
        n, close = len(self.data), float(self.data.close[-1])
        change = close / float(self.data.close[0 if n == 1 else -2]) - 1
        if n % 100:
            return
        text = textwrap.dedent(TEMPLATE).strip().format(n=n, close=close, change=change)
        print(text, end="\n")
        print("%-10s|%8.2f|%s" % ("close", close, "x" * 3), sep="")
        print(f"{n=} {close=:.2f} {change!r} {self.position.size:e} {'nested ' + f'{n:03d}'}")
        words = "alpha,beta;gamma".replace(";", ",").split(",")
        print(" ".join(word.title().center(9, "*") for word in words), *words[::-1], sep=" / ")
        print(string.ascii_uppercase[:3], "a-b-c".partition("-"), "naru".zfill(8), "x".join("abc"))
        print(json.dumps({"n": n, "close": round(close, 2), "tags": words}, sort_keys=True, indent=2))
        print(bytes([65, 66]).decode(), "é".encode().hex(), ord("a"), chr(98), "tab\tstop".expandtabs(4))
        print("{0[0]} {1.amount} {who}".format(words, type("M", (), {}) if False else Point(3), who="me"))


class Point:
    def __init__(self, amount):
        self.amount = amount
