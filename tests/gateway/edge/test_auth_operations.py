"""What signing in needs of the edge: cookies, device, address, signed hooks, test keys."""

from collections.abc import AsyncIterator

import httpx2
import orjson
import pytest
from standardwebhooks import Webhook

from auth_service.client import FOLLOW_INTERVAL_S
from gateway.app import Gateway
from gateway.edge.authentication import BELIEVED_S
from shared.clock import utc_now
from shared.http.transports import connect
from shared.ids import new_id
from tests.gateway.caller import PASSWORD, Caller
from tests.gateway.conftest import BILLING_SECRET, Beneath
from tests.gateway.socket_client import SocketClient


@pytest.fixture
async def behind_proxy(beneath: Beneath) -> AsyncIterator[Caller]:
    """Return somebody who calls a gateway that stands behind one proxy."""
    gateway = beneath.gateway(trusted_hops=1)
    async with gateway.open(), connect(None, gateway) as http:
        yield Caller(http)


async def sign_in(caller: Caller, **headers: str) -> tuple[dict[str, str], httpx2.Response]:
    """Register and sign in; return the account and the answer to the sign-in."""
    account = {"email": f"iris+{new_id().hex[-8:]}@example.com", "password": PASSWORD}
    await caller.call("POST", "/auth/register", json=account, headers=headers)
    answer = await caller.call("POST", "/auth/login", json=account, headers=headers)
    assert answer.status_code == 200, answer.text
    return account, answer


async def test_auth_sees_its_own_cookies_and_no_others(anonymous: Caller) -> None:
    cookies = {"Cookie": "a=b; naru_device=d; session=s; naru_oauth=o"}

    at_auth = await anonymous.call("GET", "/auth/caller", headers=cookies)
    elsewhere = await anonymous.call("GET", "/caller", headers=cookies)
    anonymous.http.cookies.clear()

    assert at_auth.json()["headers"]["cookie"] == "naru_device=d; naru_oauth=o"
    assert "cookie" not in elsewhere.json()["headers"]


async def test_only_auth_leaves_cookies(anonymous: Caller) -> None:
    at_auth = await anonymous.call("GET", "/auth/caller")
    elsewhere = await anonymous.call("GET", "/caller")
    anonymous.http.cookies.clear()

    assert at_auth.headers["set-cookie"].startswith("naru_device=new")
    assert "set-cookie" not in elsewhere.headers


async def test_a_device_is_known_again_by_its_cookie(anonymous: Caller) -> None:
    account, first = await sign_in(anonymous)
    token = first.cookies["naru_device"]

    again = await anonymous.call(
        "POST", "/auth/login", json=account, headers={"Cookie": f"naru_device={token}"}
    )
    anonymous.http.cookies.clear()

    assert again.status_code == 200
    assert "set-cookie" not in again.headers


async def test_a_session_names_browser_and_address_behind_a_proxy(behind_proxy: Caller) -> None:
    headers = {"User-Agent": "Lynx/2.9", "X-Forwarded-For": "10.1.1.1, 203.0.113.9"}
    _, signed_in = await sign_in(behind_proxy, **headers)
    iris = behind_proxy.holding(signed_in.json()["access_token"])

    sessions = (await iris.call("GET", "/auth/sessions", headers=headers)).json()["items"]

    assert [(one["user_agent"], one["address"]) for one in sessions] == [
        ("Lynx/2.9", "203.0.113.9")
    ]


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, nonsense", "127.0.0.1"),
        (None, "127.0.0.1"),
    ],
)
async def test_the_address_is_the_one_that_our_proxy_wrote(
    behind_proxy: Caller, forwarded: str | None, seen: str
) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    answer = (await behind_proxy.call("GET", "/caller", headers=headers)).json()

    assert (answer["kind"], answer["address"]) == ("anonymous", seen)
    assert "x-forwarded-for" not in answer["headers"]


async def test_without_a_proxy_nobody_chooses_their_address(anonymous: Caller) -> None:
    answer = await anonymous.call("GET", "/caller", headers={"X-Forwarded-For": "203.0.113.9"})

    assert answer.json()["address"] == "127.0.0.1"


async def test_the_billing_systems_signature_arrives(newcomer: Caller) -> None:
    workspace_id = (await newcomer.call("GET", "/me")).json()["workspace"]["id"]
    event = {"type": "subscription.changed", "workspace_id": workspace_id, "plan": "premium"}
    body, at, id_ = orjson.dumps(event), utc_now(), new_id().hex
    signature = Webhook(BILLING_SECRET).sign(id_, at, body.decode())

    answer = await Caller(newcomer.http).call(
        "POST",
        "/billing/events",
        content=body,
        headers={
            "webhook-id": id_,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        },
    )

    assert answer.status_code == 204, answer.text
    assert (await newcomer.call("GET", "/subscription")).json()["plan"] == "premium"


async def test_a_test_key_is_a_credential(newcomer: Caller) -> None:
    made = (await newcomer.call("POST", "/api-keys", json={"mode": "test"})).json()

    answer = await Caller(newcomer.http, {"X-API-Key": made["key"]}).call("GET", "/things")

    assert made["key"].startswith("sk_test_")
    assert answer.status_code == 200


async def test_a_session_that_was_ended_counts_for_a_second_at_most(
    anonymous: Caller, gateway: Gateway
) -> None:
    # The two pauses of ours that add up; the rest is how busy the machine is.
    assert FOLLOW_INTERVAL_S + BELIEVED_S < 1.0
    _, signed_in = await sign_in(anonymous)
    anonymous.http.cookies.clear()
    iris = anonymous.holding(signed_in.json()["access_token"])
    assert (await iris.call("GET", "/things")).status_code == 200

    async with SocketClient(gateway) as socket:
        socket.say(op="auth", token=iris.token)
        await socket.hear()
        body = {"refresh_token": signed_in.json()["refresh_token"]}
        ended = await iris.call("POST", "/auth/logout", json=body)
        await socket.hear_end()  # the gateway has read of it
    # From an address where nothing is believed from before.
    elsewhere = httpx2.ASGITransport(app=gateway, client=("203.0.113.9", 1))
    async with httpx2.AsyncClient(transport=elsewhere, base_url="http://elsewhere") as http:
        answer = await Caller(http, iris.headers).call("GET", "/things/mine")

    assert ended.status_code == 204
    assert answer.status_code == 401
