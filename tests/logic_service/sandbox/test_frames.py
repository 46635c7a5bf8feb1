"""Frames survive any way of cutting the stream, and lies are refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logic_service.sandbox import frames
from logic_service.sandbox.frames import FrameError, FrameReader, Kind, OutputLimitError

KINDS = st.sampled_from(list(Kind))


@given(st.lists(st.tuples(KINDS, st.binary(max_size=300)), max_size=8), st.data())
def test_frames_come_out_as_they_went_in(
    sent: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(frames.encode(kind, payload) for kind, payload in sent)
    reader = FrameReader(max_bytes=300)
    received = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        received += list(reader.feed(stream[:size]))
        stream = stream[size:]

    assert received == sent
    assert not reader.is_mid_frame


@given(st.binary(max_size=500))
def test_any_bytes_are_frames_or_a_frame_error(data: bytes) -> None:
    reader = FrameReader(max_bytes=100)
    try:
        for kind, payload in reader.feed(data):
            assert kind in Kind
            assert len(payload) <= 100
    except FrameError:
        assert len(data) >= 5


def test_an_excessive_length_is_refused_before_its_bytes_arrive() -> None:
    reader = FrameReader(max_bytes=10)

    with pytest.raises(OutputLimitError):
        list(reader.feed(struct.pack("<BI", Kind.LOGS, 11)))


@given(st.lists(st.tuples(st.none() | st.integers(0, 2**62), st.text(max_size=50)), max_size=9))
def test_logs_come_out_as_they_went_in(lines: list[tuple[int | None, str]]) -> None:
    payload = b"".join(frames.encode_log(ts_ns, text) for ts_ns, text in lines)
    expected = [(ts, text.encode("utf-8", "replace").decode()) for ts, text in lines]

    assert list(frames.decode_logs(payload)) == expected


@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.integers(0, 2**62), st.floats(allow_nan=False)),
        max_size=9,
    )
)
def test_plots_come_out_as_they_went_in(points: list[tuple[str, int, float]]) -> None:
    payload = b"".join(frames.encode_plot(*point) for point in points)
    expected = [(name.encode("utf-8", "replace").decode(), ts, y) for name, ts, y in points]

    assert list(frames.decode_plots(payload)) == expected


@given(st.binary(min_size=1, max_size=60))
def test_records_of_any_bytes_are_read_whole_or_refused(payload: bytes) -> None:
    for decode, overhead in ((frames.decode_logs, 12), (frames.decode_plots, 18)):
        try:
            records = list(decode(payload))
        except FrameError:
            continue
        assert overhead * len(records) <= len(payload)
