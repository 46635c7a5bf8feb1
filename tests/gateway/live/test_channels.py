"""Which names are channels, whose they are, and at which address."""

from uuid import UUID, uuid4

import pytest

from gateway.app import Gateway
from gateway.live.channels import KINDS, LiveChannelNotFoundError, open_channel
from gateway.live.paths import find_path
from shared.errors import ForbiddenError, InvalidInputError
from shared.identity import Principal
from shared.streams import LiveStreams
from tests.gateway.caller import Caller
from tests.gateway.socket_client import SocketClient

OWNER = Principal("session", user_id=uuid4(), workspace_id=UUID(int=5), scopes=frozenset({"*"}))


@pytest.mark.parametrize(
    "name",
    [
        "market:KRW-BTC",
        "candles:KRW-BTC:1m",
        "candles:005930:1d",
        "orderbook:BTC-USDT",
        "tape:AAPL",
        "surge:KRX",
        "jobs",
        "signals",
        "orders",
        "positions",
        "notifications",
        f"logs:dep_{UUID(int=1).hex}",
    ],
)
def test_every_channel_of_the_plan_can_be_opened(name: str) -> None:
    channel = open_channel(name, OWNER)

    is_market = name.partition(":")[0] in {"market", "candles", "orderbook", "tape", "surge"}
    assert channel.workspace_id == (None if is_market else UUID(int=5))


@pytest.mark.parametrize("name", ["", ":", "nothing", "Jobs", "jobs ", "\0", "market.KRW-BTC"])
def test_other_names_are_no_channels(name: str) -> None:
    with pytest.raises(LiveChannelNotFoundError):
        open_channel(name, OWNER)


@pytest.mark.parametrize(
    "name",
    [
        "market",
        "market:",
        "market:a b",
        "market:a\n",
        "market:" + "x" * 65,
        "candles:KRW-BTC",
        "candles:KRW-BTC:1x",
        "candles:KRW-BTC:0m",
        "candles:KRW-BTC:1m:2",
        "jobs:",
        "jobs:mine",
        "logs:x",
        "logs:dep_123",
        "surge:krx",
    ],
)
def test_malformed_names_are_told_their_form(name: str) -> None:
    with pytest.raises(InvalidInputError, match="write the channel as"):
        open_channel(name, OWNER)


def test_every_kind_wants_its_scope() -> None:
    nobody = Principal("api_key", workspace_id=UUID(int=5))
    for name in ("market:AAPL", "jobs", "orders", "notifications"):
        with pytest.raises(ForbiddenError):
            open_channel(name, nobody)


def test_addresses_serve_kinds() -> None:
    assert find_path("/ws") is not None
    quotes = find_path("/ws/quotes/KRW-BTC")
    assert quotes is not None
    assert quotes.channel == "market:KRW-BTC"
    for path in ("/ws/", "/ws/quotes", "/ws/quotes/", "/ws/quotes/a b", "/ws/jobs", "/wss"):
        assert find_path(path) is None
    surge = find_path("/ws/surge")
    assert surge is not None
    assert surge.kinds <= KINDS.keys()


async def test_the_market_is_everybodys(
    gateway: Gateway, mina: Caller, newcomer: Caller, streams: LiveStreams
) -> None:
    async with SocketClient(gateway) as first, SocketClient(gateway) as second:
        for socket, caller in ((first, mina), (second, newcomer)):
            socket.say(op="auth", token=caller.token)
            await socket.hear()
            socket.say(op="subscribe", ch="market:KRW-BTC")
            await socket.hear()

        await streams.publish(None, "market:KRW-BTC", {"price": "1"}, key="KRW-BTC")
        heard = [await socket.hear() for socket in (first, second)]

    assert heard[0] == heard[1]
    assert set(heard[0]) == {"ch", "seq", "ts", "data"}
    assert heard[0]["data"] == {"price": "1"}


async def test_a_single_purpose_address_follows_by_itself_and_nothing_else(
    gateway: Gateway, mina: Caller, streams: LiveStreams
) -> None:
    async with SocketClient(gateway, "/ws/quotes/KRW-ETH") as socket:
        socket.say(op="auth", token=mina.token)
        await socket.hear()
        assert (await socket.hear())["ch"] == "market:KRW-ETH"

        socket.say(op="subscribe", ch="jobs")
        refusal = await socket.hear()
        await streams.publish(None, "market:KRW-ETH", {"price": "2"})

        assert refusal["code"] == "live-channel-not-found"
        assert (await socket.hear())["data"] == {"price": "2"}
