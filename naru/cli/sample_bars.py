"""Real bars for a first try, from a package that is installed anyway."""

import csv
import io

from bokeh_sampledata.stocks import IBM

SYMBOL = "IBM"  # of the stocks at hand the one without a split: its raw prices tell the truth


def daily_bars_csv() -> bytes:
    """Return real daily bars of IBM, March 2000 to March 2013, as a CSV file.

    The prices come with the package bokeh-sampledata, raw: without dividends.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["ts", "open", "high", "low", "close", "volume"])
    columns = (IBM[name] for name in ("date", "open", "high", "low", "close", "volume"))
    rows.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()
