"""Touch everything once before forking, so that no child imports or allocates it again.

What the interpreter imports on its own is part of that: the compiler, for one, looks names
with other than ASCII letters up in ``unicodedata``.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import io
import json
import marshal
import sys
import tokenize
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from logic_service.sandbox import frames
from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.facades import chance
from logic_service.sandbox.policy.namespace import Library
from logic_service.sandbox.wall import kernel
from naru.bars import Bars, timeframe_ns
from naru.engine.config import RunConfig
from naru.engine.orderlog import RECORD, OrderLog
from naru.engine.run import run
from naru.engine.session import Session
from naru.engine.spec import StrategySpec, load_strategy
from naru.engine.state import encode_state

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

from naru import Strategy, param, ta

class Warm(Strategy):
    """Use the engine as most strategies do."""

    fast = param(3, low=2, high=9)

    def init(self):
        self.slow_ma = self.indicator(ta.sma, self.data.close, 5)
        self.fast_ma = self.indicator(ta.ema, self.data.close, self.fast)

    def on_bar(self):
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.buy(percent=0.5, sl=self.data.close[-1] * 0.9, tag="in")
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
        self.state["last"] = self.data.close[-1]
        self.plot("equity", self.equity)
        if self.position.is_long and self.orders:
            self.log(self.now, self.cash, self.position.size)
"{0:.2f} {name}".format(1.0, name=Color.RED)
'''
_PLAIN = """
from naru import Strategy, param, ta

class Plain(Strategy):
    fast = param(3, low=2, high=9)

    def init(self):
        self.slow_ma = self.indicator(ta.sma, self.data.close, 5)
        self.fast_ma = self.indicator(ta.sma, self.data.close, self.fast)

    def on_bar(self):
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.buy(percent=0.5)
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
"""
_TARGETS = """
from naru import ta, vector

@vector(fast=3, slow=5)
def targets(data, fast, slow):
    return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * 0.5
"""
_WEIGHTS = """
import numpy as np
from naru import vector

@vector()
def weights(data):
    close = data.table("close")
    squares = np.cumsum(np.diff(np.log(close), axis=0) ** 2, axis=0)
    rows = np.arange(9, len(close), 9)
    shares = 1.0 / np.sqrt(squares[rows - 1])
    targets = np.full_like(close, np.nan)
    targets[rows] = 0.9 * shares / shares.sum(axis=1, keepdims=True)
    return targets
"""


_TIMEFRAMES = ("1s", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w")  # read once, then known
_REPEATS = 12
_REUSED = 1 << 15  # values, 256 KiB
# One of the two: the first is the name since Python 3.13, which tells of the second by a warning.
_forget_attributes: Callable[[], None] = (
    getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache  # noqa: SLF001
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Small runs of every kind, for children that have nothing to do yet."""

    library: Library
    codes: tuple[bytes, ...]

    def settle(self) -> None:
        """Play until the interpreter has finished rewriting the code, and then once more.

        Whatever it would still change in a child is a page that this child copies. Its cache of
        the types' attributes is emptied before the last time: entries that children replace are
        names that they release, each on a page of its own.
        """
        for _ in range(_REPEATS):
            self.play()
            self._play_live()
        gc.collect()
        _forget_attributes()
        self.play()
        self._play_live()

    def play(self) -> None:
        """Touch what every run touches.

        Pages shared with the zygote are copied now instead of while somebody waits.
        """
        chance.start(1)
        with contextlib.suppress(OSError):  # there is no such file; the way there is what counts
            kernel.map_read_only(-1, 4096)
        memory = memoryview(bytes(64)).cast("B").toreadonly()
        np.frombuffer(memory, dtype=np.int64, count=4, offset=8)
        _reuse_a_temporary()
        options = RunConfig(commission_bps=Decimal(10)).given()
        config = RunConfig.from_dict(json.loads(json.dumps(options)))
        bars, cents = _swinging_bars(120), _swinging_bars(120, digits=2)
        several = [replace(bars, symbol=symbol) for symbol in "ABC"]
        for code, market in zip(self.codes, ([cents], [bars], several), strict=True):
            spec = self._load(code)
            result = run(spec, market, config, {}, _Nowhere())
            result.log.to_bytes()
            json.dumps(result.claim().to_dict())
            encode_state(result.state)

    def _play_live(self) -> None:
        _go_live(self._load(self.codes[0]), _swinging_bars(120), RunConfig())

    def _load(self, code: bytes) -> StrategySpec:
        namespace = self.library.namespace(seed=0, write=lambda _: None)
        exec(marshal.loads(code), namespace)  # noqa: S102, S302 - our own source
        return load_strategy(namespace)


def warm(library: Library) -> Rehearsal:
    """Compile and run scripts that use what strategies commonly use."""
    namespace = library.namespace(seed=0, write=lambda _: None)
    exec(marshal.loads(_compile(_SOURCE, library)), namespace)  # noqa: S102, S302 - our own source
    _warm_engine(load_strategy(namespace))
    _warm_numpy()
    for timeframe in _TIMEFRAMES:
        timeframe_ns(timeframe)
    datetime.datetime.strptime("2020-01-02", "%Y-%m-%d").replace(tzinfo=datetime.UTC).strftime("%Y")
    divmod(7**20_000, 7**9_000)  # Python 3.12 and later import a module for so large ones
    list(tokenize.generate_tokens(io.StringIO("x = 1").readline))
    try:
        raise ValueError("warm")
    except ValueError as error:
        traceback.format_exception(error)
    rehearsal = Rehearsal(
        library, tuple(_compile(each, library) for each in (_PLAIN, _TARGETS, _WEIGHTS))
    )
    rehearsal.play()
    return rehearsal


def _compile(source: str, library: Library) -> bytes:
    compiled = compile_source(source, library.offered)
    if compiled.code is None:
        raise RuntimeError(f"a warm-up script was refused: {compiled.problems}")
    return marshal.dumps(compiled.code)


class _Nowhere:
    """A sink for a run that nobody reads."""

    def follow(self, now: Callable[[], int | None]) -> None:
        now()

    def log(self, ts_ns: int | None, text: str) -> None:
        frames.encode_log(ts_ns, text)

    def plot(self, name: str, ts_ns: int, value: float) -> None:
        frames.encode_plot(name, ts_ns, value)

    def progress(self, done: int, total: int) -> None:
        frames.PROGRESS.pack(done, total)


def _warm_engine(spec: StrategySpec) -> None:
    """Run a strategy whole and bar by bar: code that has run is code that children share.

    The interpreter rewrites code objects while they are new to it; a page rewritten here is a
    page that no child has to copy.
    """
    spec.params_schema()
    bars = _swinging_bars(120)
    config = RunConfig.from_dict(
        json.loads(json.dumps(RunConfig(commission_bps=Decimal(10)).given()))
    )
    result = run(spec, [bars], config, {"fast": 2}, _Nowhere())
    json.dumps([result.claim().to_dict(), result.state])
    OrderLog.from_bytes(result.orders.to_bytes())
    _go_live(spec, bars, config)


def _go_live(spec: StrategySpec, bars: Bars, config: RunConfig) -> None:
    session = Session(spec, [bars], config, {}, _Nowhere())
    for step in range(1, 40):
        row = [100.0, 101.0, 99.0, 100.0 + step % 7, 1.0]
        records = session.push(int(bars.ts[-1]) + step * 60_000_000_000, {"X": row})
        np.array(records, dtype=RECORD).tobytes()
        json.dumps([session.state, session.start, session.order_log().tags])


def _swinging_bars(count: int, digits: int | None = None) -> Bars:
    """Return bars whose prices have so many digits, which ``ta`` treats otherwise; None for all."""
    close = 100 + 5 * np.sin(np.arange(count) / 4)
    if digits is not None:
        close = close.round(digits)
    ts = np.arange(count, dtype=np.int64) * 60_000_000_000
    return Bars("X", "1m", ts, close, close + 1, close - 1, close, np.ones(count))


def _reuse_a_temporary() -> None:
    """Let NumPy write a result over an operand that nobody else can see.

    From a size on it does so, after walking up the C stack to see who calls: the first walk reads
    the unwind tables of all libraries on the way, which takes a third of a millisecond.
    """
    values = np.zeros(_REUSED)
    values = (values + 1.0) * 2.0


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
