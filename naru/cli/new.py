"""``naru new NAME``: a commented strategy that runs as it stands."""

import re
from pathlib import Path
from typing import Annotated

import typer

from naru.cli.options import typed
from naru.cli.sample_bars import SYMBOL, daily_bars_csv

_TEMPLATE = '''"""{title}: hold while the fast average is above the slow one."""

from naru import Strategy, param, ta


class {class_name}(Strategy):
    """Long while the fast average is above the slow one."""

    # Parameters can be changed for a run: --param fast=10
    fast = param(20, low=2, high=200)
    slow = param(50, low=5, high=400)

    def init(self):
        # Indicators are declared once. on_bar starts when all of them have values.
        self.fast_ma = self.indicator(ta.sma, self.data.close, self.fast)
        self.slow_ma = self.indicator(ta.sma, self.data.close, self.slow)

    def on_bar(self):
        # Called at every bar's close. [-1] is the newest value, [-2] the one before.
        # An order placed here fills at the next bar's open.
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.buy(percent=0.95)
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
'''


def new(
    name: Annotated[str, typer.Argument(help="Name of the strategy, for instance my_trend.")],
    folder: Annotated[
        Path, typer.Option("--dir", help="Where to write the file.", file_okay=False)
    ] = Path(),
    bars: Annotated[
        bool, typer.Option("--bars", help="Write real bars to try it on, too: IBM, 2000 to 2013.")
    ] = False,
) -> None:
    """Write a commented strategy that runs as it stands."""
    words = re.findall(r"[A-Za-z][A-Za-z0-9]*|[0-9]+", name)
    if not words or not words[0][0].isalpha():
        raise typer.BadParameter("a name starts with a letter", param_hint="NAME")
    target = folder / ("_".join(word.lower() for word in words) + ".py")
    source = _TEMPLATE.format(
        title=" ".join(words).capitalize(),
        class_name="".join(word[0].upper() + word[1:] for word in words),
    )
    data = folder / f"{SYMBOL}_1d.csv"
    _write(target, source.encode())
    if bars and not data.exists():
        _write(data, daily_bars_csv())
    typer.echo(f"Wrote {target}. Try it:")
    if bars:
        typer.echo(f"  {typed()} backtest {target} --data {data} --report report.html")
    else:
        typer.echo(f"  {typed()} backtest {target} --data BARS.csv  (--bars writes some)")


def _write(target: Path, content: bytes) -> None:
    try:
        with target.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise typer.BadParameter(f"{target} exists already", param_hint="NAME") from error
    except OSError as error:
        raise typer.BadParameter(f"cannot write {target}: {error.strerror}") from error
