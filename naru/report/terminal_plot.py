"""A run's equity, drawn with characters."""

from collections.abc import Sequence

import numpy as np
import plotext

from naru.report.catalogue import Language, text
from naru.thinning import thin

_HEIGHT = 16
_COLUMNS_PER_DATE, _VALUE_MARKS = 18, 5


def equity_plot(
    ts: Sequence[str], values: Sequence[float], width: int = 80, language: Language = "en"
) -> str:
    """Return the equity curve as lines of text, at most ``width`` columns wide.

    ``ts`` are ISO 8601 times, ``values`` the equity then, in quote currency; at least one.
    """
    value = np.array(values, dtype=float)
    kept = thin(value, 4 * width)
    dates = max(2, min(width // _COLUMNS_PER_DATE, len(value)))
    times = np.unique(np.linspace(0, len(value) - 1, dates).astype(int)).tolist()
    levels = np.linspace(value.min(), value.max(), _VALUE_MARKS).tolist()
    figure = plotext.figure  # the library has this one figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, _HEIGHT)
    figure.title(text("equity", language))
    figure.draw(figure.signal(kept.tolist(), value[kept].tolist(), marker="braille").lines())
    figure.ruler("x").ticks(times, [ts[time][:10] for time in times])
    figure.ruler("y").ticks(levels, [f"{level:,.0f}" for level in levels])
    drawn: str = figure.build().string(colorless=True)
    figure.clear()
    return drawn
