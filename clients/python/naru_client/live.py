"""What travels over the WebSocket, without a socket: frames in, messages and frames out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from naru_client.errors import StreamError, UnexpectedAnswerError


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a channel; ``seq`` counts within the channel."""

    channel: str
    seq: int
    ts: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages that are too old to be had: read the resources again."""

    channel: str
    from_seq: int
    to_seq: int


News = Message | Gap


@dataclass(frozen=True, slots=True)
class Heard:
    """What one frame meant: news for the user, and frames to send back."""

    news: Sequence[News] = ()
    replies: Sequence[str] = ()


class Conversation:
    """Follows channels over any number of connections, each going on where the last one ended.

    next_seq   of each channel the first message not seen yet; None before the first connection
    """

    def __init__(self, channels: Sequence[str], from_seq: int | None) -> None:
        self.next_seq: dict[str, int | None] = dict.fromkeys(channels, from_seq)
        self._waiting: set[str] = set()
        self._signed_in = False

    @property
    def is_ready(self) -> bool:
        """Whether every channel is followed on this connection."""
        return self._signed_in and not self._waiting

    def begin(self, token: str) -> str:
        """Return the first frame of a new connection."""
        self._signed_in = False
        self._waiting = set(self.next_seq)
        return self.renew(token)

    def renew(self, token: str) -> str:
        """Return the frame that signs in, or goes on with a new token."""
        return json.dumps({"op": "auth", "token": token})

    def hear(self, text: str | bytes) -> Heard:
        """Take in one frame. Raises StreamError, UnexpectedAnswerError."""
        try:
            frame = json.loads(text)
            return self._understand(frame)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnexpectedAnswerError("the stream holds a frame that makes no sense") from error

    def _understand(self, frame: Mapping[str, Any]) -> Heard:
        kind = frame.get("op")
        if kind is None:
            return self._message(frame)
        if kind == "ping":
            return Heard(replies=[json.dumps({"op": "pong"})])
        if kind == "authenticated" and not self._signed_in:
            self._signed_in = True
            return Heard(replies=[self._subscribe(name) for name in self.next_seq])
        if kind in {"subscribed", "resume"}:
            self._waiting.discard(frame["ch"])
            if self.next_seq[frame["ch"]] is None:
                self.next_seq[frame["ch"]] = int(frame["seq"])
        elif kind == "gap":
            return self._gap(frame)
        elif kind == "error":
            raise StreamError(str(frame["code"]), str(frame["detail"]))
        return Heard()

    def _subscribe(self, name: str) -> str:
        frame: dict[str, Any] = {"op": "subscribe", "ch": name}
        if self.next_seq[name] is not None:
            frame["from_seq"] = self.next_seq[name]
        return json.dumps(frame)

    def _message(self, frame: Mapping[str, Any]) -> Heard:
        name, seq = str(frame["ch"]), int(frame["seq"])
        if seq < (self.next_seq[name] or 0):
            return Heard()  # seen on the connection before this one
        self.next_seq[name] = seq + 1
        ts = datetime.fromisoformat(str(frame["ts"]))
        return Heard(news=[Message(name, seq, ts, frame["data"])])

    def _gap(self, frame: Mapping[str, Any]) -> Heard:
        gap = Gap(str(frame["ch"]), int(frame["from_seq"]), int(frame["to_seq"]))
        self.next_seq[gap.channel] = gap.to_seq + 1
        return Heard(news=[gap])
