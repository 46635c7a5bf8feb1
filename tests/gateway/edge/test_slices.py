"""Large answers leave room for others, and arrive as they were."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.edge.slices import SLICE_BYTES, InSlices

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


async def serve(*pieces: bytes, turns: list[int]) -> list[Message]:
    """Return what is handed on of an answer; note which turn of the loop each message came in."""
    sent: list[Message] = []
    turn = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        for piece in pieces[:-1]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": pieces[-1]})

    async def send(message: Message) -> None:
        sent.append(message)
        turns.append(turn)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await InSlices(app)({"type": "http"}, receive, send)
    counting.cancel()
    return sent


@pytest.mark.parametrize(
    "size", [0, 1, SLICE_BYTES, SLICE_BYTES + 1, 3 * SLICE_BYTES, 10 * SLICE_BYTES - 1]
)
@pytest.mark.parametrize("pieces", [1, 3])
async def test_an_answer_arrives_whole_and_ends_once(size: int, pieces: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]

    start, *bodies = await serve(*[body] * pieces, turns=[])

    assert start == START
    assert b"".join(message["body"] for message in bodies) == body * pieces
    assert max(len(message["body"]) for message in bodies) <= SLICE_BYTES
    assert [message.get("more_body", False) for message in bodies[:-1]] == [True] * (
        len(bodies) - 1
    )
    assert not bodies[-1].get("more_body", False)


async def test_others_have_their_turn_between_two_slices() -> None:
    turns: list[int] = []

    await serve(b"x" * (5 * SLICE_BYTES), turns=turns)

    assert len(set(turns[1:])) == 5
