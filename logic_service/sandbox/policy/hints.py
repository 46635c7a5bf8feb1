"""What to write instead of what is refused."""

from __future__ import annotations

BUILTINS = {
    "__import__": "Use an import statement.",
    "breakpoint": "Use self.log(...) to look at values.",
    "compile": "Write the code in the strategy itself.",
    "dir": "Name the attributes you need.",
    "eval": "Write the expression in the strategy itself.",
    "exec": "Write the code in the strategy itself.",
    "exit": "Return from the method instead.",
    "globals": "Keep values on self or in module variables.",
    "help": "The documentation is at the platform's docs.",
    "id": "Compare objects with 'is'; number them yourself where an order is needed.",
    "input": "Declare parameters with param(...).",
    "locals": "Keep values in a dict of your own.",
    "memoryview": "Use bytes or a numpy array.",
    "open": "Strategies have no files: read self.data, keep values in self.state.",
    "quit": "Return from the method instead.",
    "vars": "Keep values in a dict of your own.",
}

ATTRIBUTES = {
    "__annotations__": "Keep what you need in a dict of your own.",
    "__bases__": "Use isinstance(...) or issubclass(...).",
    "__dict__": "Name the attributes, or use setattr, getattr and a list of names.",
    "__mro__": "Use isinstance(...) or issubclass(...).",
    "ctypes": "Use the array's own methods.",
    "tofile": "Strategies have no files: keep values in self.state.",
}

# What the kit keeps on every strategy, and what to do instead of assigning it.
_READ = "It is there to be read: keep a value of your own under another name."
_TRADE = "Trade with self.buy, self.sell, self.target or self.position.close(); a value of your own"
KEPT = {
    "cash": "It follows from fills, and begins with the run's option 'cash' (--cash 10000).",
    "closed_trades": _READ,
    "data": _READ,
    "equity": "It follows from fills, and begins with the run's option 'cash' (--cash 10000).",
    "now": _READ,
    "orders": "Place orders with self.buy and self.sell, and take them back with order.cancel().",
    "position": f"{_TRADE} needs another name.",
    "positions": f"{_TRADE} needs another name.",
    "trades": _READ,
}

PRIVATE = "Patterns match public names: compare private ones in an 'if' behind the pattern."

MODULES = {
    "AlgorithmImports": "Port the class to naru.Strategy.",
    "aiohttp": "Strategies have no network: upload data as a dataset.",
    "array": "Use a list, or a numpy array.",
    "asyncio": "Strategies are called bar by bar; no waiting is needed.",
    "backtesting": "Write 'from naru.compat.backtesting import Strategy, crossover'.",
    "backtesting.lib": "naru.compat.backtesting has crossover, naru.ta the rest.",
    "backtesting.test": "naru.ta has the indicators; the bars are given to the run.",
    "backtrader": "Port the class to naru.Strategy.",
    "base64": "Strategies have no files and no network: keep texts as they are.",
    "builtins": "Call the built-in functions by their names.",
    "ccxt": "Orders go through self.buy and self.sell; the platform knows the exchange.",
    "csv": "Strategies have no files: upload data as a dataset.",
    "ctypes": "The interpreter is not part of the strategy API.",
    "dateutil": "Use datetime, calendar and zoneinfo.",
    "freqtrade": "Port the class to naru.Strategy.",
    "gc": "The interpreter is not part of the strategy API.",
    "glob": "Strategies have no files: upload data as a dataset.",
    "hashlib": "Compare values themselves, or their hash(...).",
    "httpx": "Strategies have no network: upload data as a dataset.",
    "importlib": "Use an import statement.",
    "inspect": "The interpreter is not part of the strategy API.",
    "io": "Strategies have no files: keep values in self.state.",
    "lightgbm": "Use numpy; fit models outside, or in init on what is known by then.",
    "matplotlib": "Use self.plot(name, value).",
    "multiprocessing": "A run has one process; use numpy for speed.",
    "numba": "Write the vector style; it is compiled where that is possible.",
    "os": "Strategies have no files, environment or processes.",
    "pandas": "Use numpy and naru.ta; self.data holds the columns as arrays.",
    "pandas_ta": "Use naru.ta: the same names, most of the same values.",
    "pathlib": "Strategies have no files: keep values in self.state.",
    "pickle": "self.state is kept for you; use json for texts.",
    "plotly": "Use self.plot(name, value).",
    "polars": "Use numpy and naru.ta; self.data holds the columns as arrays.",
    "pprint": "Use self.log(...).",
    "pytz": "Use zoneinfo.ZoneInfo.",
    "queue": "Use collections.deque, or heapq for priorities.",
    "requests": "Strategies have no network: upload data as a dataset.",
    "scipy": "Use numpy and naru.ta.",
    "seaborn": "Use self.plot(name, value).",
    "secrets": "Use random: it is started from the run's seed.",
    "shutil": "Strategies have no files: keep values in self.state.",
    "signal": "Strategies have no processes.",
    "sklearn": "Use numpy; fit models outside, or in init on what is known by then.",
    "socket": "Strategies have no network.",
    "sqlite3": "Strategies have no files: keep values in self.state.",
    "statsmodels": "Use numpy; fit models outside, or in init on what is known by then.",
    "struct": "Strategies have no files: use numbers and numpy arrays.",
    "subprocess": "Strategies have no processes.",
    "sys": "The interpreter is not part of the strategy API.",
    "ta": "Import it from the kit: from naru import ta.",
    "talib": "Use naru.ta: the same names, the same values.",
    "tensorflow": "Use numpy; fit models outside, or in init on what is known by then.",
    "threading": "A run has one thread; use numpy for speed.",
    "time": "Use self.now: the bar's time, the same in every run.",
    "torch": "Use numpy; fit models outside, or in init on what is known by then.",
    "tqdm": "Progress is reported for you.",
    "traceback": "Use logging.exception(...), or let the exception end the run: it tells its line.",
    "typing_extensions": "Import the name from typing.",
    "urllib": "Strategies have no network: upload data as a dataset.",
    "uuid": "Number things yourself, with itertools.count().",
    "vectorbt": "Write the vector style: from naru import vector.",
    "weakref": "Keep plain references: a run's memory ends with it.",
    "xgboost": "Use numpy; fit models outside, or in init on what is known by then.",
    "yfinance": "Strategies have no network: upload data as a dataset.",
    "zipline": "Port the class to naru.Strategy.",
}

NAMES = {
    "abc.abstractproperty": "Write @property above @abstractmethod.",
    "contextlib.redirect_stdout": "print(...) writes to the run's log.",
    "functools.singledispatch": "Write a match statement, or a dict of functions by type.",
    "functools.singledispatchmethod": "Write a match statement, or a dict of functions by type.",
    "naru.compat.backtesting.Backtest": "Delete it: 'naru backtest' runs the strategy.",
    "naru.compat.backtesting.GOOG": "Delete it: the bars are given to the run.",
    "naru.compat.backtesting.SMA": "Write 'from naru import ta' and self.I(ta.sma, values, n).",
    "string.Formatter": "Use str.format or an f-string.",
    "typing.get_type_hints": "Keep what you need in a dict of your own.",
}

# Kinds of syntax: what they are called, and what to write instead.
SYNTAX: dict[str, tuple[str, str | None]] = {
    "AsyncFor": ("Asynchronous code", "Strategies are called bar by bar; write a plain loop."),
    "AsyncFunctionDef": ("Asynchronous code", "Write 'def' without 'async'."),
    "AsyncWith": ("Asynchronous code", "Write 'with' without 'async'."),
    "Await": ("Asynchronous code", "Call the function without 'await'."),
    "Interpolation": ("Template strings", "Use an f-string."),
    "TemplateStr": ("Template strings", "Use an f-string."),
    "TryStar": ("'except*'", "Use 'except'."),
}


def of_module(name: str) -> str | None:
    """Return what to write instead of importing a module."""
    return MODULES.get(name) or MODULES.get(name.partition(".")[0])
