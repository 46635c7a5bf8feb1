"""Seeing where one is signed in, and ending that."""

import pytest

from shared.ids import new_id, public_id
from tests.auth_service.visitor import Visitor


@pytest.mark.asvs("7.5.2")
async def test_people_see_their_sessions_and_which_one_is_this(visitor: Visitor) -> None:
    mina = await visitor.register()
    visitor.user_agent = "phone"
    await visitor.sign_in()
    await visitor.register("eve@example.com")

    items = (await mina.call("GET", "/auth/sessions")).json()["items"]

    assert [(item["user_agent"], item["current"]) for item in items] == [
        ("phone", False),
        ("pytest", True),
    ]
    assert items[0]["methods"] == ["pwd"]
    assert items[0]["address"] == "203.0.113.7"


@pytest.mark.asvs("7.4.1", "7.5.2")
async def test_one_session_can_be_ended(visitor: Visitor) -> None:
    mina = await visitor.register()
    phone = await visitor.sign_in()
    other = public_id("ses", phone.principal.credential_id or new_id())

    assert (await mina.call("DELETE", f"/auth/sessions/{other}")).status_code == 204

    assert (await phone.refresh()).status_code == 401
    assert (await mina.refresh()).status_code == 200
    assert (await mina.call("DELETE", f"/auth/sessions/{other}")).status_code == 404


async def test_others_sessions_do_not_exist(visitor: Visitor) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    hers = public_id("ses", mina.principal.credential_id or new_id())

    assert (await eve.call("DELETE", f"/auth/sessions/{hers}")).status_code == 404
    assert (await mina.refresh()).status_code == 200
    for method, path in (("GET", ""), ("DELETE", ""), ("DELETE", f"/{hers}")):
        assert (await visitor.call(method, f"/auth/sessions{path}")).status_code == 401


@pytest.mark.asvs("7.4.3", "7.5.2")
@pytest.mark.parametrize(("keep", "status"), [(True, 200), (False, 401)])
async def test_all_sessions_can_be_ended(visitor: Visitor, keep: bool, status: int) -> None:
    mina = await visitor.register()
    phone = await visitor.sign_in()

    ended = await mina.call("DELETE", "/auth/sessions", params={"keep_current": keep})

    assert ended.status_code == 204
    assert (await phone.refresh()).status_code == 401
    assert (await mina.refresh()).status_code == status
