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

MODULES = {
    "asyncio": "Strategies are called bar by bar; no waiting is needed.",
    "backtesting": "Write 'from naru.compat.backtesting import Strategy, crossover'.",
    "backtrader": "Port the class to naru.Strategy.",
    "builtins": "Call the built-in functions by their names.",
    "io": "Strategies have no files: keep values in self.state.",
    "logging": "Use self.log(...).",
    "matplotlib": "Use self.plot(name, value).",
    "multiprocessing": "A run has one process; use numpy for speed.",
    "numba": "Write the vector style; it is compiled where that is possible.",
    "os": "Strategies have no files, environment or processes.",
    "pandas": "Use numpy and naru.ta; self.data holds the columns as arrays.",
    "pathlib": "Strategies have no files: keep values in self.state.",
    "pickle": "self.state is kept for you; use json for texts.",
    "re": "Use the methods of str.",
    "requests": "Strategies have no network: upload data as a dataset.",
    "scipy": "Use numpy and naru.ta.",
    "socket": "Strategies have no network.",
    "subprocess": "Strategies have no processes.",
    "sys": "The interpreter is not part of the strategy API.",
    "talib": "Use naru.ta: the same names, the same values.",
    "threading": "A run has one thread; use numpy for speed.",
    "time": "Use self.now: the bar's time, the same in every run.",
    "urllib": "Strategies have no network: upload data as a dataset.",
    "warnings": "Use self.log(...).",
}
