"""Plans change by an administrator's hand or by the billing system's, and count at once."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from standardwebhooks import Webhook

from auth_service.client import AuthClient
from auth_service.contract.revocations import Revocations
from auth_service.deps import AuthDeps
from shared.clock import utc_now
from shared.ids import new_id, public_id
from tests.auth_service.visitor import Visitor

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.fixture
def billing(app: FastAPI, deps: AuthDeps) -> Webhook:
    """Configure the hook's secret; return the billing system's side of it."""
    settings = deps.settings.model_copy(update={"billing_secret": SecretStr(SECRET)})
    app.state.deps = replace(deps, settings=settings)
    return Webhook(SECRET)


def _event(mina: Visitor, **changes: Any) -> dict[str, Any]:
    workspace_id = public_id("ws", mina.principal.workspace_id or new_id())
    return {
        "type": "subscription.changed",
        "workspace_id": workspace_id,
        "plan": "premium",
    } | changes


async def _send(
    visitor: Visitor, billing: Webhook, event: dict[str, Any], *, age_s: int = 0, id_: str = "e1"
) -> int:
    body = orjson.dumps(event)
    at = utc_now() - timedelta(seconds=age_s)
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": billing.sign(id_, at, body.decode()),
    }
    answer = await visitor.http.post("/billing/events", content=body, headers=headers)
    return answer.status_code


async def _plan(mina: Visitor) -> str:
    plan: str = (await mina.call("GET", "/subscription")).json()["plan"]
    return plan


async def test_a_new_workspace_is_on_the_first_plan(visitor: Visitor) -> None:
    mina = await visitor.register()

    answer = await mina.call("GET", "/subscription")

    assert answer.headers["ETag"] == '"0"'
    assert answer.json()["source"] == "default"
    assert answer.json()["allowances"]["api_keys"] == 2
    assert (await visitor.call("GET", "/subscription")).status_code == 401


async def test_the_billing_system_changes_a_plan_once_per_event(
    visitor: Visitor, client: AuthClient, billing: Webhook
) -> None:
    mina = await visitor.register()
    event = _event(mina, allowances={"api_keys": 7})

    assert await _send(visitor, billing, event) == 204
    assert await _send(visitor, billing, _event(mina, plan="free")) == 204
    assert await _plan(mina) == "premium"

    known = Revocations()
    for change in (await client.revocations(0)).items:
        known.add(change)
    assert known.current(mina.principal).plan == "premium"
    allowances = await client.allowances(mina.principal.workspace_id or new_id())
    assert (allowances.api_keys, allowances.request_burst) == (7, 100)
    names = [event.name for event in (await client.read_events(0, 100)).events]
    assert names.count("auth.subscription.changed") == 1
    for _ in range(7):
        assert (await mina.call("POST", "/api-keys", {})).status_code == 201
    assert (await mina.call("POST", "/api-keys", {})).status_code == 409


async def test_unsigned_old_and_foreign_events_are_refused(
    visitor: Visitor, billing: Webhook
) -> None:
    mina = await visitor.register()
    stranger = Webhook("whsec_" + base64.b64encode(b"x" * 32).decode())

    assert await _send(visitor, stranger, _event(mina)) == 401
    assert await _send(visitor, billing, _event(mina), age_s=600) == 401
    unsigned = await visitor.http.post("/billing/events", json=_event(mina))
    assert unsigned.status_code == 401
    assert await _plan(mina) == "free"


async def test_without_a_secret_no_event_is_taken(visitor: Visitor) -> None:
    mina = await visitor.register()

    assert await _send(visitor, Webhook(SECRET), _event(mina)) == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"plan": "gold"}, 422),
        ({"type": "invoice.paid"}, 422),
        ({"allowances": {"api_keys": -1}}, 422),
        ({"workspace_id": public_id("ws", new_id())}, 404),
    ],
)
async def test_events_that_make_no_sense_are_refused(
    visitor: Visitor, billing: Webhook, change: dict[str, Any], status: int
) -> None:
    mina = await visitor.register()

    assert await _send(visitor, billing, _event(mina, **change)) == status
    assert await _send(visitor, billing, _event(mina)) == 204


async def test_administrators_change_plans_with_the_tag_they_read(
    visitor: Visitor, client: AuthClient
) -> None:
    password = await client.ensure_first_user("root@naru.local")
    assert password is not None
    root = await visitor.sign_in("root@naru.local", password)
    body = {"plan": "enterprise"}

    without = await root.call("PUT", "/subscription", body)
    stale = await root.call("PUT", "/subscription", body, headers={"If-Match": '"7"'})
    done = await root.call("PUT", "/subscription", body, headers={"If-Match": '"0"'})

    assert [without.status_code, stale.status_code, done.status_code] == [428, 412, 200]
    assert (done.json()["source"], done.headers["ETag"]) == ("admin", '"1"')
    log = (await root.call("GET", "/audit-log")).json()["items"]
    assert log[0]["facts"] == {"before": "free", "after": "enterprise", "source": "admin"}


async def test_people_do_not_change_their_own_plan(visitor: Visitor) -> None:
    mina = await visitor.register()

    answer = await mina.call(
        "PUT", "/subscription", {"plan": "enterprise"}, headers={"If-Match": "*"}
    )

    assert answer.status_code == 403
    assert await _plan(mina) == "free"
