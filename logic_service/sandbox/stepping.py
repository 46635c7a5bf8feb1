"""The child's side of a live strategy: one message a bar in, what it asked for out."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

import numpy as np

from logic_service.sandbox.frames import Kind
from logic_service.sandbox.output import Output
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.orderlog import RECORD, OrderLog
from naru.engine.session import Carry, Session
from naru.engine.spec import StrategySpec
from naru.engine.state import encode_state

PUSH = struct.Struct("<I")
MAX_PUSH_BYTES = 1 << 20


def encode_push(ts: int, bars: dict[str, list[float]]) -> bytes:
    """Encode one bar per symbol for a child: open, high, low, close, volume."""
    data = json.dumps({"ts": ts, "bars": bars}).encode()
    return PUSH.pack(len(data)) + data


def open_session(
    spec: StrategySpec,
    history: list[Bars],
    config: RunConfig,
    params: dict[str, Any],
    carry: dict[str, Any] | None,
    output: Output,
) -> Session:
    """Start a session, from a carry where there is one."""
    carried = None
    if carry is not None:
        orders = OrderLog.from_bytes(bytes.fromhex(carry["orders"]))
        carried = Carry(orders, carry["state"], carry["step"])
    return Session(spec, history, config, params, output, carried)


def serve_bars(session: Session, descriptor: int, output: Output) -> None:
    """Answer every bar until the host stops asking."""
    known_tags = len(session.order_log().tags)
    told_state = b""
    output.send(Kind.READY)
    while True:
        request = _read_push(descriptor)
        if request is None:
            return
        records = session.push(request["ts"], request["bars"])
        output.flush()
        log = session.order_log() if records else None
        if log is not None:
            output.send(Kind.ORDERS, np.array(records, dtype=RECORD).tobytes())
        state = encode_state(session.state)
        if state != told_state:
            output.send(Kind.STATE, state)
            told_state = state
        tags = [] if log is None else list(log.tags[known_tags:])
        known_tags += len(tags)
        output.send_json(Kind.BAR_DONE, {"tags": tags, "start": session.start})


def _read_push(descriptor: int) -> dict[str, Any] | None:
    head = _read(descriptor, PUSH.size)
    if head is None:
        return None
    data = _read(descriptor, PUSH.unpack(head)[0])
    request: dict[str, Any] | None = None if data is None else json.loads(data)
    return request


def _read(descriptor: int, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        chunk = os.read(descriptor, size - len(data))
        if not chunk:
            return None
        data += chunk
    return bytes(data)
