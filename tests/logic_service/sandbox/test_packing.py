"""Bars for children: once packed, nobody can change them."""

import ctypes
import errno
import mmap
import os
import select
import signal
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from logic_service.sandbox import packing
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.runner import map_bars
from logic_service.sandbox.types import SandboxUnavailableError, Verdict
from logic_service.sandbox.wall.kernel import map_read_only
from naru.bars import COLUMNS, Bars
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.sources import BUY_ONCE

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="this system has no memory files to seal"
)


def _bars(count: int) -> Bars:
    prices = [np.arange(1.0, count + 1) + place for place in range(5)]
    return Bars("X", "1m", np.arange(count, dtype=np.int64), *prices)


def test_a_block_holds_column_by_column_all_series() -> None:
    series = [_bars(3), _bars(700)]

    with PackedBars(series) as packed:
        packed.lay()
        block = os.pread(packed.descriptors[0], 1 << 20, 0)

    expected = b"".join(getattr(each, name).tobytes() for name in COLUMNS for each in series)
    assert block == expected
    assert [shape["count"] for shape in packed.shapes] == [3, 700]


@pytest.mark.parametrize("later", [0, 1])
def test_series_are_mapped_as_they_were_and_equal_instants_once(later: int) -> None:
    first, longer = _bars(30), _bars(31)
    second = replace(first, symbol="Y", ts=first.ts + later, close=first.close * 2)
    series = [first, second, longer, replace(first, symbol="Z")]

    with PackedBars(series) as packed:
        packed.lay()
        mapped, tables = map_bars(packed.shapes, os.dup(packed.descriptors[0]))

    assert not tables  # one of them is longer
    assert [each.symbol for each in mapped] == ["X", "Y", "X", "Z"]
    for one, other in zip(series, mapped, strict=True):
        for name in COLUMNS:
            assert np.array_equal(getattr(one, name), getattr(other, name))
            assert not getattr(other, name).flags.writeable
    assert (mapped[1].ts is mapped[0].ts) is (later == 0)
    assert mapped[2].ts is not mapped[0].ts
    assert mapped[3].ts is mapped[0].ts


def test_a_packed_block_takes_no_write_and_no_writable_mapping() -> None:
    with PackedBars([_bars(2_000)]) as packed:
        packed.lay()
        descriptor = packed._writer
        before = os.pread(descriptor, 1 << 20, 0)

        with pytest.raises(PermissionError):
            os.pwrite(descriptor, b"x", 0)
        with pytest.raises(PermissionError):
            mmap.mmap(descriptor, 4096)
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 0)
        with pytest.raises(PermissionError):
            os.posix_fallocate(descriptor, len(before), 4096)

        assert os.pread(descriptor, 1 << 20, 0) == before


def test_a_mapping_to_be_read_cannot_be_made_writable() -> None:
    with PackedBars([_bars(2_000)]) as packed:
        packed.lay()
        (descriptor,) = packed.descriptors
        # Readers open it anew, as a child could if it had a file system to do that in.
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
        try:
            with pytest.raises(PermissionError):
                mmap.mmap(again, 4096, access=mmap.ACCESS_WRITE)
            with pytest.raises(PermissionError):
                os.pwrite(again, b"x", 0)
        finally:
            os.close(again)


def test_what_children_get_cannot_be_written_to_before_it_is_sealed_either() -> None:
    with PackedBars([_bars(2_000)]) as packed:
        (descriptor,) = packed.descriptors
        view = map_read_only(descriptor, 2_000 * 6 * 8)
        address = np.frombuffer(view, np.uint8).__array_interface__["data"][0]
        libc = ctypes.CDLL(None, use_errno=True)

        assert libc.mprotect(ctypes.c_void_p(address), 4096, mmap.PROT_READ | mmap.PROT_WRITE) == -1
        assert ctypes.get_errno() == errno.EACCES
        with pytest.raises(PermissionError):
            mmap.mmap(descriptor, 4096)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.pwrite(descriptor, b"x", 0)
        with pytest.raises(OSError, match="Invalid argument"):
            os.ftruncate(descriptor, 0)

        packed.lay()
        libc.mprotect(ctypes.c_void_p(address), 4096, mmap.PROT_READ | mmap.PROT_WRITE)
        assert ctypes.get_errno() == errno.EACCES


def test_who_maps_bars_early_sees_columns_as_they_are_laid() -> None:
    bars = _bars(700)
    with PackedBars([bars]) as packed:
        ((mapped,), tables) = map_bars(packed.shapes, os.dup(packed.descriptors[0]))
        assert not mapped.close.any()

        packed.lay_first()
        assert np.array_equal(mapped.close, bars.close)
        assert np.array_equal(mapped.open, bars.open)
        assert not mapped.high.any()

        packed.lay()
        assert all(np.array_equal(getattr(mapped, name), getattr(bars, name)) for name in COLUMNS)
        assert {name: table.shape for name, table in tables.items()} == dict.fromkeys(
            COLUMNS[1:], (1, 700)
        )


def test_series_as_long_as_each_other_are_tables() -> None:
    series = [replace(_bars(30), symbol="A"), replace(_bars(30), symbol="B", low=_bars(30).high)]
    with PackedBars(series) as packed:
        packed.lay()
        _, tables = map_bars(packed.shapes, os.dup(packed.descriptors[0]))

    assert set(tables) == set(COLUMNS[1:])
    for name, table in tables.items():
        assert np.array_equal(table, [getattr(each, name) for each in series])
        assert not table.flags.writeable


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class _Full(PackedBars):
    """Bars for which there is no room."""

    def _write(self, column: str, block: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_bars_that_find_no_room_leave_no_child_behind() -> None:
    with SandboxHost(standby=0) as host, _Full([_bars(50)]) as full:
        with pytest.raises(SandboxUnavailableError, match="No space left"):
            host.run(BUY_ONCE, full, RunConfig())
        assert _children(host._link.pid) == []

        assert host.run(BUY_ONCE, [_bars(50)], RunConfig()).verdict is Verdict.OK


class _Interrupted(PackedBars):
    """Bars during whose first copying the children that wait for them are killed."""

    host: SandboxHost
    killed = 0

    def _write(self, column: str, block: BinaryIO) -> None:
        while not self.killed:  # a child that was just asked for may not be there yet
            for pid in _children(self.host._link.pid):
                self.killed += 1
                kill_and_wait(pid)
        super()._write(column, block)


def kill_and_wait(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        end = select.poll()
        end.register(descriptor, select.POLLIN)
        os.kill(pid, signal.SIGKILL)
        end.poll()
    finally:
        os.close(descriptor)


def test_a_child_that_dies_while_it_waits_for_its_bars_is_replaced() -> None:
    with SandboxHost() as host, _Interrupted([_bars(50)]) as bars:
        bars.host = host
        host.run(BUY_ONCE, [_bars(50)], RunConfig())  # the next child waits for its job from now on
        execution = host.run(BUY_ONCE, bars, RunConfig())

    assert bars.killed
    assert execution.verdict is Verdict.OK
    assert execution.claim["fill_count"] == 1


def test_a_column_that_found_no_room_at_its_end_is_laid_again() -> None:
    bars = _bars(50)
    with PackedBars([bars]) as packed:
        writer, packed._writer = packed._writer, os.open("/dev/full", os.O_WRONLY)
        try:
            with pytest.raises(SandboxUnavailableError, match="No space left"):
                packed.lay()
        finally:
            os.close(packed._writer)
            packed._writer = writer
        packed.lay()
        ((mapped,), _) = map_bars(packed.shapes, os.dup(packed.descriptors[0]))

    assert all(np.array_equal(getattr(mapped, name), getattr(bars, name)) for name in COLUMNS)


def test_a_block_that_cannot_be_sealed_is_not_laid(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(packing, "_seal", refuse)
    with PackedBars([_bars(50)]) as packed:
        with pytest.raises(SandboxUnavailableError, match="Invalid argument"):
            packed.lay()
        assert not packed.is_laid


def test_a_block_that_cannot_be_opened_anew_leaves_no_descriptor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    closed: list[int] = []
    make, close = os.memfd_create, os.close

    def remember(name: str, flags: int) -> int:
        made.append(make(name, flags))
        return made[-1]

    def note(descriptor: int) -> None:
        closed.append(descriptor)
        close(descriptor)

    def refuse(path: str, flags: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "memfd_create", remember)
        patch.setattr(os, "close", note)
        patch.setattr(os, "open", refuse)
        with pytest.raises(SandboxUnavailableError, match="Too many open files"):
            PackedBars([_bars(50)])

    assert len(made) == 1
    assert made[0] in closed


def test_bars_are_laid_out_once_whoever_asks() -> None:
    with PackedBars([_bars(50)]) as bars, SandboxHost() as host:
        first = host.run(BUY_ONCE, bars, RunConfig())
        block = os.pread(bars.descriptors[0], 1 << 20, 0)
        bars.lay()
        second = host.run(BUY_ONCE, bars, RunConfig())

        assert os.pread(bars.descriptors[0], 1 << 20, 0) == block
    assert first.orders == second.orders != b""
