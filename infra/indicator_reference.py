"""Write the reference of indicators: ``python -m infra.indicator_reference``.

``docs/indicators.md`` is made out of the registry and the docstrings; a test compares them.
"""

import inspect
import re
import sys
from itertools import groupby
from pathlib import Path

from naru import ta
from naru.ta.registry import Indicator

TARGET = Path(__file__).parents[1] / "docs" / "indicators.md"
PREFACE = """# Indicators

`ta` holds {count} indicators. Each takes series first, then periods: `ta.sma(close, 20)` gives an
array as long as its input, NaN during warm-up; what has several outputs can be indexed, unpacked
and named: `ta.macd(close).signal`. In a strategy they are declared in `init`, `self.rsi =
self.indicator(ta.rsi, self.data.close, 14)`, and come out the same in backtests, where they are
computed at once, and live, where they are fed bar by bar (`ta.incremental(ta.rsi, 14)`).
`ta.warmup(ta.rsi, 14)` says how many leading bars have no value. A row with an input that is not
finite has none either, and the indicator starts anew after it.

`ta.crossover(a, b)`, `ta.crossunder(a, b)` and `ta.cross(a, b)` tell where two series, or a series
and a number, cross: one bool for the newest bar in `on_bar`, an array of them in vector style;
equal values are no crossing. `ta.analyse(high, low, close, volume)` explains the score of ten
indicators in words.

This page is written by `python -m infra.indicator_reference` from the docstrings.
"""


def reference() -> str:
    """Return the whole page."""
    entries = list(ta.indicators().values())
    entries.sort(key=lambda entry: (_topic(entry), entry.name))
    topics = [(topic, list(group)) for topic, group in groupby(entries, key=_topic)]
    parts = [PREFACE.format(count=len(entries))]
    for topic, group in topics:
        names = ", ".join(f"[{entry.name}](#{entry.name})" for entry in group)
        parts.append(f"- **{topic}.** {names}")
    for topic, group in topics:
        parts.append(f"\n## {topic}")
        parts.extend(_entry(entry) for entry in group)
    return "\n".join(parts) + "\n"


def _topic(entry: Indicator) -> str:
    doc = inspect.getdoc(sys.modules[entry.function.__module__]) or ""
    return doc.splitlines()[0].rstrip(".")


def _entry(entry: Indicator) -> str:
    signature = inspect.signature(entry.function)
    shown = ", ".join(
        parameter.name
        if parameter.default is inspect.Parameter.empty
        else f"{parameter.name}={parameter.default!r}"
        for parameter in signature.parameters.values()
    )
    outputs = f" → {', '.join(entry.outputs)}" if len(entry.outputs) > 1 else ""
    text = re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(entry.function) or "", flags=re.DOTALL)
    return f"\n### {entry.name}\n`ta.{entry.name}({shown})`{outputs}\n\n{text}"


if __name__ == "__main__":
    TARGET.write_text(reference())
