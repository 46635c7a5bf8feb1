"""The order log: what a strategy asked for, bar by bar, and the only thing that a run yields.

It holds wishes, never fills or money. ``naru.engine.replay`` turns it into those. Its bytes are
canonical (one log, one encoding) and versioned; reading them trusts nothing.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from naru.errors import OrderLogError

# The codes are plain ints: members of an enum cost a hundred nanoseconds at every turn.
KINDS = ("market", "limit", "stop", "stop_limit", "trail")
TIFS = ("gtc", "day", "gtd", "ioc", "fok")


class Action:
    """What a record does."""

    PLACE: Final = 0
    CANCEL: Final = 1
    CHANGE: Final = 2


class Kind:
    """When an order is executed, once it works."""

    MARKET: Final = 0
    LIMIT: Final = 1
    STOP: Final = 2
    STOP_LIMIT: Final = 3
    TRAIL: Final = 4


class Mode:
    """What ``size`` means.

    UNITS           of the instrument
    VALUE           quote currency to spend, costs included
    PERCENT         fraction of equity to spend, costs included
    RISK            fraction of equity lost, should the stop-loss be hit
    TARGET_UNITS    the position to arrive at
    TARGET_PERCENT  the position to arrive at, as a fraction of equity
    CLOSE           fraction of the position to close
    FREE            fraction of the equity that no position ties up, to spend, costs included
    """

    UNITS: Final = 0
    VALUE: Final = 1
    PERCENT: Final = 2
    RISK: Final = 3
    TARGET_UNITS: Final = 4
    TARGET_PERCENT: Final = 5
    CLOSE: Final = 6
    FREE: Final = 7


class Tif:
    """How long an order works."""

    GTC: Final = 0
    DAY: Final = 1
    GTD: Final = 2
    IOC: Final = 3
    FOK: Final = 4


class At:
    """The moment of the trading day that a market order waits for."""

    ANY: Final = 0
    OPEN: Final = 1
    CLOSE: Final = 2


class Flag:
    """What else is asked; flags add up."""

    NONE: Final = 0
    REDUCE_ONLY: Final = 1
    POST_ONLY: Final = 2
    TRAIL_FRACTION: Final = 4  # ``trail`` is a fraction of the price, not a distance


RECORD = np.dtype(
    [
        ("step", "<i8"),  # the bar after whose close this was asked
        ("action", "u1"),
        ("kind", "u1"),
        ("mode", "u1"),
        ("tif", "u1"),
        ("at", "u1"),
        ("flags", "u1"),
        ("side", "i1"),  # 1 buys, -1 sells, 0: whatever the target needs
        ("reserved", "u1"),
        ("symbol", "<i4"),
        ("ref", "<i4"),  # the order to cancel or to change, or -1
        ("parent", "<i4"),  # the order whose fill wakes this one, or -1
        ("oco", "<i4"),  # the order that this one and its like exclude, or -1
        ("tag", "<i4"),
        ("size", "<f8"),  # in a change: units in all, 0 to leave it as it is
        ("limit", "<f8"),  # prices that were not given are NaN; in a change they stay as they are
        ("stop", "<f8"),
        ("trail", "<f8"),  # of orders that do not trail themselves: of their stop-loss
        ("sl", "<f8"),
        ("tp", "<f8"),
        ("until", "<i8"),  # ns since the epoch, for GTD; else 0
    ]
)
Record = tuple[
    int, int, int, int, int, int, int, int, int, int, int, int, int, int,
    float, float, float, float, float, float, int,
]  # fmt: skip
Refuse = Callable[[NDArray[np.bool_], str], None]

MAGIC = b"NARUOL01"
_HEAD = struct.Struct("<8sqII")
MAX_RECORDS = 20_000_000
MAX_TAGS = 100_000
MAX_TAG_BYTES = 256
BIGGEST = 1e15  # of prices, sizes and values; beyond it float64 has no cents
SMALLEST = 1e-12
_CANONICAL_NAN = np.array([np.nan]).tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class OrderLog:
    """What was asked for.

    start    the first bar on which the strategy acted: warm-up ends before it
    records  structured array of ``RECORD``, in the order of asking
    tags     the texts that ``tag`` counts into; the first is the empty one
    """

    start: int
    records: NDArray[np.void]
    tags: tuple[str, ...]

    @classmethod
    def from_records(cls, start: int, records: Sequence[Record], tags: Sequence[str]) -> "OrderLog":
        """Build the log from rows in the order of ``RECORD``'s fields."""
        return cls(start, np.array(records, dtype=RECORD), tuple(tags))

    def __len__(self) -> int:
        return len(self.records)

    def to_bytes(self) -> bytes:
        """Encode the log."""
        head = _HEAD.pack(MAGIC, self.start, len(self.records), len(self.tags))
        parts: list[Any] = [head, encode_tags(self.tags)]
        parts.append(np.ascontiguousarray(self.records).view(np.uint8))  # joined without a copy
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> "OrderLog":
        """Decode bytes of unknown origin. Raises OrderLogError unless they are a sound log."""
        if len(data) < _HEAD.size:
            raise OrderLogError("the order log is cut short")
        magic, start, count, tag_count = _HEAD.unpack_from(data)
        if magic != MAGIC:
            raise OrderLogError("this is no order log of a known version")
        if count > MAX_RECORDS or not 1 <= tag_count <= MAX_TAGS or start < 0:
            raise OrderLogError("the order log's head is out of range")
        tags, offset = read_tags(data, tag_count, _HEAD.size)
        if len(data) - offset != count * RECORD.itemsize:
            raise OrderLogError("the order log's length is not what its head says")
        records = np.frombuffer(data, RECORD, count, offset)
        check_records(records, start, tag_count)
        return cls(start, records, tags)


def encode_tags(tags: Sequence[str]) -> bytes:
    """Return the tags as ``read_tags`` finds them again."""
    texts = [tag.encode() for tag in tags]
    return b"".join(struct.pack("<H", len(text)) + text for text in texts)


def read_tags(data: bytes, count: int, offset: int) -> tuple[tuple[str, ...], int]:
    """Return the tags that begin here, and where they end. Raises OrderLogError."""
    tags: list[str] = []
    for _ in range(count):
        if offset + 2 > len(data):
            raise OrderLogError("the order log is cut short")
        (size,) = struct.unpack_from("<H", data, offset)
        text = data[offset + 2 : offset + 2 + size]
        offset += 2 + size
        if size > MAX_TAG_BYTES or len(text) != size:
            raise OrderLogError("a tag of the order log is too long or cut short")
        try:
            tags.append(text.decode())
        except UnicodeDecodeError as error:
            raise OrderLogError("a tag of the order log is no UTF-8") from error
    if not all(map(str.isprintable, tags)):
        raise OrderLogError("a tag of the order log holds characters without a shape")
    if tags[0] or len(set(tags)) != len(tags):
        raise OrderLogError("the order log's tags are not the distinct ones, empty first")
    return tuple(tags), offset


def check_records(
    records: NDArray[np.void], start: int, tag_count: int, order_count: int = 0
) -> None:
    """Refuse records that no strategy can have asked for. Raises OrderLogError.

    order_count  how many orders there were before these records
    """

    def refuse(wrong: NDArray[np.bool_], what: str) -> None:
        if wrong.any():
            raise OrderLogError(f"record {int(wrong.argmax())} of the order log: {what}")

    step = records["step"]
    refuse(step < start, "it was asked before the strategy acted")
    refuse(np.diff(step, prepend=start) < 0, "it goes back in time")
    for name, last in (
        ("action", Action.CHANGE),
        ("kind", Kind.TRAIL),
        ("mode", Mode.FREE),
        ("tif", Tif.FOK),
        ("at", At.CLOSE),
        ("flags", Flag.REDUCE_ONLY + Flag.POST_ONLY + Flag.TRAIL_FRACTION),
    ):
        refuse(records[name] > last, f"its {name} is unknown")
    refuse(records["reserved"] != 0, "a reserved field is in use")
    refuse(abs(records["side"].astype(int)) > 1, "its side is unknown")
    refuse(records["symbol"] < 0, "its symbol is unknown")
    refuse((records["tag"] < 0) | (records["tag"] >= tag_count), "its tag is unknown")
    _check_numbers(records, refuse)
    _check_links(records, order_count, refuse)


def _check_numbers(records: NDArray[np.void], refuse: Refuse) -> None:
    size, mode = records["size"], records["mode"]
    refuse(~np.isfinite(size) | (abs(size) > BIGGEST), "its size is out of range")
    signed = np.isin(mode, (Mode.TARGET_UNITS, Mode.TARGET_PERCENT))
    action = records["action"]
    place, change = action == Action.PLACE, action == Action.CHANGE
    sized = (place & ~signed) | (change & (size != 0))
    refuse(sized & (size < SMALLEST), "its size is not positive")
    refuse((action == Action.CANCEL) & (size != 0), "it cancels and has a size")
    sideless = np.isin(mode, (Mode.TARGET_UNITS, Mode.TARGET_PERCENT, Mode.CLOSE))
    refuse(place & (sideless != (records["side"] == 0)), "its side and its mode disagree")
    refuse((records["at"] != At.ANY) & (records["kind"] != Kind.MARKET), "it waits for two things")
    bare = (records["kind"] == Kind.MARKET) & (records["parent"] == -1)
    bare &= ~has_stop_loss(records) & np.isnan(records["tp"])
    refuse(place & sideless & ~bare, "a target is a plain market order")
    for name in ("limit", "stop", "trail", "sl", "tp"):
        price = records[name]
        given = ~np.isnan(price)
        refuse(given & ~((price >= SMALLEST) & (price <= BIGGEST)), f"its {name} is out of range")
        foreign = np.ascontiguousarray(price[~given]).tobytes() != _CANONICAL_NAN * (~given).sum()
        if foreign:
            raise OrderLogError(f"the order log spells an absent {name} in its own way")
    kind = records["kind"]
    absent = {name: np.isnan(records[name]) for name in ("limit", "stop", "trail", "sl", "tp")}
    for name, kinds in (
        ("limit", (Kind.LIMIT, Kind.STOP_LIMIT)),
        ("stop", (Kind.STOP, Kind.STOP_LIMIT)),
    ):
        needed = np.isin(kind, kinds)
        refuse(place & (absent[name] == needed), f"its {name} and its kind disagree")
    refuse(place & (kind == Kind.TRAIL) & absent["trail"], "it trails at no distance")
    two = ~absent["trail"] & ~absent["sl"] & (kind != Kind.TRAIL)
    refuse(place & two, "it has two stop-losses")
    others = absent["trail"] & absent["sl"] & absent["tp"]
    bare = absent["limit"] & absent["stop"]
    refuse(~place & ~others, "it is no order and has an order's prices")
    refuse((action == Action.CANCEL) & ~bare, "it cancels and has prices")
    refuse(change & bare & (size == 0), "it changes nothing")
    refuse(place & (mode == Mode.RISK) & np.isnan(records["sl"]), "it risks without a stop-loss")


def has_stop_loss(records: NDArray[np.void]) -> NDArray[np.bool_]:
    """Tell of which records a stop-loss comes, fixed or trailing."""
    trails = ~np.isnan(records["trail"]) & (records["kind"] != Kind.TRAIL)
    given: NDArray[np.bool_] = trails | ~np.isnan(records["sl"])
    return given


def orders_made(records: NDArray[np.void]) -> NDArray[np.int64]:
    """Return how many orders each record makes: a stop-loss and a take-profit are of their own."""
    place = records["action"] == Action.PLACE
    return np.where(place, 1 + has_stop_loss(records).astype(int) + ~np.isnan(records["tp"]), 0)


def _check_links(records: NDArray[np.void], order_count: int, refuse: Refuse) -> None:
    """Orders count up from 0, over all records."""
    place = records["action"] == Action.PLACE
    used = orders_made(records)
    before = order_count + np.cumsum(used) - used
    for name in ("ref", "parent", "oco"):
        link = records[name]
        refuse((link < -1) | (link >= before), f"its {name} is not an order placed before")
    refuse(place != (records["ref"] == -1), "its ref and its action disagree")
