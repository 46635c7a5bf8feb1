"""Touch everything once before forking, so that no child imports or allocates it again.

What the interpreter imports on its own is part of that: the compiler, for one, looks names
with other than ASCII letters up in ``unicodedata``.
"""

from __future__ import annotations

import datetime
import io
import json
import marshal
import tokenize
import traceback

import numpy as np

from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library
from naru.bars import Bars

_SOURCE = '''
"""Exercise the compiler and the facades."""
from __future__ import annotations
import datetime, json, math, random, statistics
import numpy as np
from collections import defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

Pair = namedtuple("Pair", "a b")

class Color(Enum):
    RED = 1

@dataclass(frozen=True)
class Point:
    x: float = 0.0
    tags: list = field(default_factory=list)

class Box:
    def __init__(self):
        self.items = deque(maxlen=3)

    def add(self, value: Optional[float]) -> float:
        self.items.append(value)
        try:
            return statistics.mean(self.items) + math.sqrt(value)
        except ValueError as error:
            raise RuntimeError(f"{error!r:>10}") from error
        finally:
            self.last = value

box = Box()
박스 = box.add(2.0)
bullet = "\\N{BULLET}"
match {"k": [1, 2]}:
    case {"k": [first, *_]}:
        pass
json.loads(json.dumps({"a": [1, 2.5, None]}))
"{0:.2f} {name}".format(1.0, name=Color.RED)
'''
_REHEARSAL = compile("class Strategy:\n    pass\n", "<rehearsal>", "exec")


def warm(library: Library) -> None:
    """Compile and run a script that uses what strategies commonly use."""
    compiled = compile_source(_SOURCE, library.offered)
    if compiled.code is None:
        raise RuntimeError(f"the warm-up script was refused: {compiled.problems}")
    marshal.dumps(compiled.code)
    exec(compiled.code, library.namespace(seed=0, write=lambda _: None))  # noqa: S102 - our own source
    _warm_numpy()
    datetime.datetime.strptime("2020-01-02", "%Y-%m-%d").replace(tzinfo=datetime.UTC).strftime("%Y")
    list(tokenize.generate_tokens(io.StringIO("x = 1").readline))
    try:
        raise ValueError("warm")
    except ValueError as error:
        traceback.format_exception(error)


def rehearse(library: Library) -> None:
    """Touch what every run touches, in a child that has nothing to do yet.

    Pages shared with the zygote are copied now instead of while somebody waits.
    """
    exec(_REHEARSAL, library.namespace(seed=1, write=lambda _: None))  # noqa: S102 - our own source
    values = np.arange(4, dtype=np.float64)
    Bars("X", "1m", np.arange(4, dtype=np.int64), values, values, values, values, values)
    json.loads(json.dumps({"bars": [{"count": 4}], "config": {"seed": 1}}))


def _warm_numpy() -> None:
    """Run the numpy functions that import or cache something at their first call."""
    values = np.arange(8, dtype=np.float64)
    grid = values.reshape(4, 2)
    for function in (np.mean, np.median, np.std, np.var, np.nanmean, np.cumsum, np.sort, np.diff):
        function(values)
    np.percentile(values, [5, 95])
    np.convolve(values, values[:3], mode="valid")
    np.polyfit(values, values, 1)
    np.corrcoef(values, values[::-1])
    np.linalg.lstsq(grid, values[:4], rcond=None)
    np.linalg.inv(np.eye(2))
    np.where(values > 3, values, 0.0).sum()
    np.einsum("i,i->", values, values)
    np.searchsorted(values, 3.0)
    np.unique(values)
    np.random.default_rng(0).normal(size=4)
    np.random.RandomState(0).rand(2)
    f"{values!r} {values!s} {values[0]:.2f}"
    np.matmul(values, values)
