"""The result of a run as JSON: what STRATEGY.md promises, and a receipt that can be checked.

Everything but ``timings`` follows from code, bars, options, parameters and seed alone. Money,
prices and sizes stay ``Decimal`` in the dict and become JSON numbers with all their digits.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import orjson

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.orderlog import KINDS, TIFS
from naru.engine.replay import Replay
from naru.instants import Instants, iso_utc
from naru.metrics import (
    Metrics,
    compute,
    confidence_intervals,
    measured_curve,
    monthly_returns,
)
from naru.values import Values

ENGINE = "naru 0.1.0"

_JSON = orjson.OPT_SERIALIZE_NUMPY
_SIDES = {1: "buy", -1: "sell"}


class LogLine(Protocol):
    """A text of ``self.log`` and the bar it was said at, ns since the epoch."""

    @property
    def ts_ns(self) -> int | None: ...
    @property
    def text(self) -> str: ...


class PlotPoint(Protocol):
    """A value of ``self.plot`` and the bar it belongs to, ns since the epoch."""

    @property
    def name(self) -> str: ...
    @property
    def ts_ns(self) -> int: ...
    @property
    def value(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a run was given.

    strategy     facts for readers: ``name``, ``style``, ``doc``
    code_sha256  of the source's bytes
    bars         one per symbol, in the order given
    params       all parameters, defaults filled in
    data_sha256  of the bars, where somebody has taken it already
    """

    strategy: Mapping[str, Any]
    code_sha256: str
    bars: Sequence[Bars]
    config: RunConfig
    params: Mapping[str, Any]
    data_sha256: str | None = None


def build_result(
    inputs: Inputs,
    replay: Replay,
    orders: bytes,
    *,
    metrics: Metrics | None = None,
    logs: Iterable[LogLine] = (),
    plots: Iterable[PlotPoint] = (),
    timings: Mapping[str, float] | None = None,
    confidence_samples: int = 0,
) -> dict[str, Any]:
    """Build the result of a run from its trusted replay.

    ``orders`` are the order log's bytes, ``metrics`` those of ``naru.metrics.compute`` when they
    are there already. With ``confidence_samples`` the result has bootstrap intervals too, drawn
    by the run's seed. Times are ISO 8601 in UTC. Raises ConfigError as ``compute`` does.
    """
    bars, config = inputs.bars, inputs.config
    content = {
        "trades": _trades(replay),
        "orders": _orders(replay),
        "equity": {"ts": Instants(replay.ts), "value": Values(replay.equity)},
    }
    receipt = {
        "code_sha256": inputs.code_sha256,
        "data_sha256": inputs.data_sha256 or data_sha256(bars),
        "symbols": list(replay.symbols),
        "engine": ENGINE,
        "params": dict(inputs.params),
        "config": config.to_dict(),
        "seed": config.seed,
        "orders_sha256": hashlib.sha256(orders).hexdigest(),
        "result_sha256": _sha256_of(content),
    }
    return {
        "strategy": dict(inputs.strategy),
        "bars": sum(len(each) for each in bars),
        "symbols": list(replay.symbols),
        **content,
        "logs": [log_entry(line) for line in logs],
        "plots": _plots(plots),
        "metrics": compute(replay, bars, config) if metrics is None else metrics,
        "confidence": _confidence(replay, bars, config, confidence_samples),
        "monthly_returns": _months(replay, bars, config),
        "receipt": {"hash": receipt_hash(receipt), **receipt},
        "timings": dict(timings or {}),
    }


def receipt_hash(receipt: Mapping[str, Any]) -> str:
    """Return the receipt's hash: SHA-256 of the canonical JSON of all its members but ``hash``.

    Canonical: UTF-8, members sorted by name, no blanks, numbers in their shortest form that reads
    back to the same float64. ``code_sha256``, ``data_sha256``, ``engine``, ``params``, ``config``
    and ``seed`` are what went in; ``orders_sha256`` is of the order log and ``result_sha256`` of
    the canonical JSON of ``trades``, ``orders`` and ``equity``. Metrics follow from these.
    """
    return _sha256_of({key: value for key, value in receipt.items() if key != "hash"})


def verify_result(result: Mapping[str, Any]) -> bool:
    """Return whether a result, as built or as read from its JSON, agrees with its receipt."""
    receipt = result["receipt"]
    content = {name: result[name] for name in ("trades", "orders", "equity")}
    matches = receipt["result_sha256"] == _sha256_of(content)
    return bool(matches and receipt["hash"] == receipt_hash(receipt))


def data_sha256(bars: Sequence[Bars]) -> str:
    """Return the hash of all bars of a run: a single one's own, else that of all in order."""
    hashes = [each.sha256() for each in bars]
    return hashes[0] if len(hashes) == 1 else _sha256_of(hashes)


def dumps(result: object) -> bytes:
    """Write a result as JSON; the same result gives the same bytes."""
    return b"".join(pieces(result))


def pieces(result: object) -> Iterator[bytes | memoryview]:
    """Write the same piece by piece: what is long is neither written twice nor copied."""
    return _pieces(result, _number, _JSON)


def log_entry(line: LogLine) -> dict[str, Any]:
    """Return a line of the log as results have it."""
    ts = None if line.ts_ns is None else iso_utc(np.array([line.ts_ns]))[0]
    return {"ts": ts, "text": line.text}


def _trades(replay: Replay) -> list[dict[str, Any]]:
    table, symbols = replay.trade_table, replay.symbols
    tags = dict(zip(replay.order_table.id, replay.order_table.tag, strict=True))
    return [
        {
            "symbol": symbols[symbol],
            "side": "long" if side > 0 else "short",
            "size": size,
            "entry_ts": entry_ts,
            "entry_price": entry_price,
            "exit_ts": None if exit_step < 0 else exit_ts,
            "exit_price": None if exit_step < 0 else exit_price,
            "pnl": pnl,
            "return": float(f"{profit:.12g}"),
            "commission": commission,
            "tag": tags[order_id] or None,
        }
        for (
            symbol, side, size, entry_ts, entry_price, exit_step, exit_ts, exit_price, pnl,
            profit, commission, order_id,
        ) in zip(
            table.symbol, table.side, table.size, _texts(table.entry_ts), table.entry_price,
            table.exit_step, _texts(table.exit_ts), table.exit_price, table.pnl, table.returns,
            table.commission, table.order_id, strict=True,
        )
    ]  # fmt: skip


def _orders(replay: Replay) -> list[dict[str, Any]]:
    table, symbols = replay.order_table, replay.symbols
    placed = iso_utc(replay.ts[np.array(table.step, dtype=np.int64)])
    ended = iso_utc(replay.ts[np.maximum(np.array(table.done, dtype=np.int64), 0)])
    return [
        {
            "id": number,
            "symbol": symbols[symbol],
            "side": _SIDES.get(side),
            "kind": KINDS[kind],
            "ts": ts,
            "size": size,
            "filled": filled,
            "avg_price": average_price,
            "limit": limit,
            "stop": stop,
            "trail": trail,
            "tif": TIFS[tif],
            "status": status,
            "reason": reason,
            "done_ts": end if done >= 0 else None,
            "parent": parent if parent >= 0 else None,
            "tag": tag or None,
        }
        for (
            number, symbol, side, kind, ts, size, filled, average_price, limit, stop, trail, tif,
            status, reason, end, done, parent, tag,
        ) in zip(
            table.id, table.symbol, table.side, table.kind, placed, table.size, table.filled,
            table.average_price, table.limit, table.stop, table.trail, table.tif, table.status,
            table.reason, ended, table.done, table.parent, table.tag, strict=True,
        )
    ]  # fmt: skip


def _texts(ts: list[int]) -> list[str]:
    return iso_utc(np.array(ts, dtype=np.int64))


def _plots(points: Iterable[PlotPoint]) -> dict[str, dict[str, list[Any]]]:
    series: dict[str, tuple[list[int], list[float]]] = {}
    for point in points:
        ts, values = series.setdefault(point.name, ([], []))
        ts.append(point.ts_ns)
        values.append(point.value)
    return {
        name: {"ts": iso_utc(np.array(ts, dtype=np.int64)), "value": values}
        for name, (ts, values) in series.items()
    }


def _months(replay: Replay, bars: Sequence[Bars], config: RunConfig) -> list[dict[str, Any]]:
    curve = measured_curve(replay, bars, config)
    return [
        {"month": f"{each.year:04}-{each.month:02}", "return": float(f"{each.value:.12g}")}
        for each in (monthly_returns(curve.ts, curve.equity) if len(curve.ts) else [])
    ]


def _confidence(
    replay: Replay, bars: Sequence[Bars], config: RunConfig, samples: int
) -> dict[str, list[float | None]]:
    """Return the bounds within which 95 of 100 resampled runs lie, by metric."""
    curve = measured_curve(replay, bars, config)
    if not samples or not len(curve.ts):
        return {}
    intervals = confidence_intervals(
        curve.ts,
        curve.equity,
        seed=config.seed,
        samples=samples,
        risk_free=float(config.risk_free),
    )
    return {
        name: [None if bound is None else float(f"{bound:.12g}") for bound in (each.low, each.high)]
        for name, each in intervals.items()
    }


def _sha256_of(content: object) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(content, _float, _JSON | orjson.OPT_SORT_KEYS):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(
    value: object, default: Callable[[object], object], options: int
) -> Iterator[bytes | memoryview]:
    if isinstance(value, Instants | Values):
        yield value.json
    elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
        before = b"{"
        for name in sorted(value) if options & orjson.OPT_SORT_KEYS else value:
            yield before + orjson.dumps(name) + b":"
            yield from _pieces(value[name], default, options)
            before = b","
        yield b"}" if value else b"{}"
    else:
        yield orjson.dumps(value, default=default, option=options)


def _float(value: object) -> float | orjson.Fragment:
    return float(value) if isinstance(value, Decimal) else _block(value)


def _number(value: object) -> orjson.Fragment:
    """Write a decimal with all its digits; always with a point, so that it reads as a float."""
    if not isinstance(value, Decimal):
        return _block(value)
    digits = str(value)
    if "E" in digits:
        digits = f"{value:f}"
    return orjson.Fragment(digits if "." in digits else f"{digits}.0")


def _block(value: object) -> orjson.Fragment:
    if isinstance(value, Instants | Values):
        return orjson.Fragment(bytes(value.json))
    raise TypeError(f"{type(value).__name__} is no JSON value")
