"""The ``naru`` command."""

import gc
import sys
from importlib import import_module

from logic_service.sandbox.link import ZygoteLink

_OTHERWISE = {"--help", "--unsafe-development-sandbox"}


def main() -> None:
    """Run the command line.

    The sandbox that a backtest will need takes longest to start, so it starts before all else.
    """
    name, *arguments = sys.argv[1:] or [""]
    is_run = name == "backtest" and "--data" in arguments and _OTHERWISE.isdisjoint(arguments)
    ahead = ZygoteLink() if is_run else None
    try:
        import_module("naru.cli.commands").run(name, arguments, ahead)  # it takes a while to load
    finally:
        if ahead is not None:
            ahead.close()
        gc.freeze()  # else the interpreter looks through all modules once more before it ends
