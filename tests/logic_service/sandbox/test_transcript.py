"""What a child says is believed only as far as it adds up."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logic_service.sandbox import frames
from logic_service.sandbox.frames import FrameError, Kind, OutputLimitError
from logic_service.sandbox.transcript import Transcript, read_failure, read_json
from logic_service.sandbox.types import Limits, Verdict

FIELDS = st.sampled_from(["verdict", "code", "message", "line", "column", "hint"])
LIMITS = Limits(output_bytes=10_000, log_bytes=100, plot_count=2, state_bytes=50)


@given(st.binary(max_size=2_000))
def test_any_bytes_at_all_end_in_a_transcript_or_a_known_error(data: bytes) -> None:
    transcript = Transcript(LIMITS)
    try:
        transcript.feed(data)
    except FrameError:
        return
    assert len(transcript.logs) <= 100


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), st.binary(max_size=60)), max_size=12))
def test_any_frames_at_all_end_in_a_transcript_or_a_known_error(
    sent: list[tuple[Kind, bytes]],
) -> None:
    transcript = Transcript(LIMITS)
    try:
        for kind, payload in sent:
            transcript.feed(frames.encode(kind, payload))
    except FrameError:
        return
    kinds = [kind for kind, _ in sent]
    for kind in (Kind.ORDERS, Kind.CLAIM, Kind.STATE, Kind.CODE):
        assert kinds.count(kind) <= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("crashed"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=12,
)


@given(JSON)
def test_any_json_at_all_is_a_failure_or_a_known_error(value: object) -> None:
    try:
        verdict, problem = read_failure(json.dumps(value).encode())
    except FrameError:
        return
    assert verdict in Verdict
    assert isinstance(problem.message, str)


def test_nothing_may_follow_the_last_frame() -> None:
    transcript = Transcript(LIMITS)
    transcript.feed(frames.encode(Kind.DONE))

    with pytest.raises(FrameError):
        transcript.feed(frames.encode(Kind.LOGS))


def test_output_is_counted_from_the_first_user_line() -> None:
    transcript = Transcript(LIMITS)
    transcript.feed(frames.encode(Kind.STARTED))
    line = frames.encode(Kind.LOGS, frames.encode_log(1, "x" * 3_000))
    for _ in range(3):
        transcript.feed(line)

    with pytest.raises(OutputLimitError):
        transcript.feed(line)


def test_a_frame_longer_than_all_output_may_be_is_output_beyond_its_limit() -> None:
    head = frames.encode_head(Kind.ORDERS, 10_001)
    with pytest.raises(OutputLimitError):
        Transcript(LIMITS, code_bytes=0).feed(head)


def test_a_state_beyond_its_limit_is_output_beyond_its_limit() -> None:
    with pytest.raises(OutputLimitError):
        Transcript(LIMITS).feed(frames.encode(Kind.STATE, b"x" * 51))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[1,]",
        b'{"a": NaN}',
        b"Infinity",
        b"\xff",
        b"[" * 100_000,
        b'"' + b"x" * 300_000,
    ],
)
def test_json_is_strict(payload: bytes) -> None:
    with pytest.raises(FrameError):
        read_json(payload)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {},
        {"verdict": "ok", "code": "a", "message": "b"},
        {"verdict": "killed", "code": "a", "message": "b"},
        {"verdict": ["crashed"], "code": "a", "message": "b"},
        {"verdict": "crashed", "code": 5, "message": "b"},
        {"verdict": "crashed", "code": "a"},
    ],
)
def test_a_failure_must_be_one(fields: object) -> None:
    with pytest.raises(FrameError):
        read_failure(json.dumps(fields).encode())


def test_places_and_texts_of_a_failure_are_bounded() -> None:
    fields = {
        "verdict": "crashed",
        "code": "c" * 500,
        "message": "m" * 9_000,
        "line": True,
        "column": -4,
        "hint": 7,
    }
    verdict, problem = read_failure(json.dumps(fields).encode())

    assert verdict is Verdict.CRASHED
    assert (len(problem.code), len(problem.message)) == (64, 2_000)
    assert (problem.line, problem.column, problem.hint) == (None, None, None)


def test_texts_of_a_failure_are_such_as_a_database_can_hold() -> None:
    fields = {"verdict": "crashed", "code": "a\0", "message": "\ud800\0", "hint": "h\udfff"}
    _, problem = read_failure(json.dumps(fields).encode())

    assert (problem.code, problem.message, problem.hint) == ("a?", "??", "h?")


def test_a_run_that_goes_bar_by_bar_is_long_and_one_that_is_through_at_once_is_not() -> None:
    noticed: list[str] = []
    short, long = (
        Transcript(LIMITS, on_long=lambda name=name: noticed.append(name))  # type: ignore[misc]
        for name in ("short", "long")
    )

    short.feed(frames.encode(Kind.PROGRESS, frames.PROGRESS.pack(9, 9)))
    for done in (0, 4, 9):
        long.feed(frames.encode(Kind.PROGRESS, frames.PROGRESS.pack(done, 9)))

    assert noticed == ["long"]


@pytest.mark.parametrize(
    "text", ["1e999", "[-1e999]", "18446744073709551616", "[" * 101 + "]" * 101]
)
def test_json_that_others_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(FrameError):
        read_json(text.encode())


@pytest.mark.parametrize("text", ["1e308", "18446744073709551615", "[" * 100 + "]" * 100])
def test_json_at_its_bounds_is_read(text: str) -> None:
    assert read_json(text.encode()) == json.loads(text)


def test_empty_lines_are_counted_too() -> None:
    transcript = Transcript(Limits())
    count = 70_000
    transcript.feed(frames.encode(Kind.LOGS, frames.encode_log(None, "") * count))

    assert len(transcript.logs) == 1 << 16
    assert transcript.logs_dropped_count == count - len(transcript.logs)


def test_messages_that_say_nothing_are_counted_too() -> None:
    transcript = Transcript(Limits())

    with pytest.raises(OutputLimitError, match="65536 messages"):
        transcript.feed(frames.encode(Kind.LOGS) * 70_000)
