"""``/notifications/channels``: the owner's, well-formed, and of kinds that can be served."""

from typing import Any

import pytest

from notification_service.deps import NotificationDeps
from shared.ids import new_id

MAIL = {"kind": "email", "address": "me@example.com", "event_types": ["backtest.finished"]}


async def test_channel_is_created_listed_and_deleted(client: Any) -> None:
    created = await client.post("/notifications/channels", json=MAIL)
    assert created.status_code == 201
    assert created.json()["target"] == "me@example.com"

    listed = (await client.get("/notifications/channels")).json()
    assert [item["id"] for item in listed["items"]] == [created.json()["id"]]

    path = f"/notifications/channels/{created.json()['id']}"
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == 404


async def test_channel_is_added_once(client: Any) -> None:
    await client.post("/notifications/channels", json=MAIL)

    again = await client.post("/notifications/channels", json=MAIL)

    assert again.status_code == 409
    assert again.json()["code"] == "channel-exists"


async def test_channels_of_other_workspaces_are_hidden(client: Any, client_of: Any) -> None:
    created = (await client.post("/notifications/channels", json=MAIL)).json()
    other = client_of(new_id())

    assert (await other.get("/notifications/channels")).json()["items"] == []
    assert (await other.delete(f"/notifications/channels/{created['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"address": "nobody"}, "/address"),
        ({"event_types": []}, "/event_types"),
        ({"event_types": ["no.such"]}, "/event_types/0"),
        ({"colour": "red"}, "/colour"),
        ({"kind": "pigeon"}, ""),
    ],
)
async def test_bad_input_names_the_field(client: Any, change: Any, pointer: str) -> None:
    answer = await client.post("/notifications/channels", json=MAIL | change)

    assert answer.status_code == 422
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "push", "token": "not a token", "event_types": ["backtest.finished"]},
        {"kind": "sms", "number": "010-1234-5678", "event_types": ["backtest.finished"]},
    ],
)
async def test_targets_are_checked(client: Any, asked: Any) -> None:
    assert (await client.post("/notifications/channels", json=asked)).status_code == 422


async def test_kind_without_a_provider_is_refused(client: Any, deps: NotificationDeps) -> None:
    del deps.senders["sms"]  # type: ignore[attr-defined]
    asked = {"kind": "sms", "number": "+821012345678", "event_types": ["backtest.finished"]}

    answer = await client.post("/notifications/channels", json=asked)

    assert answer.status_code == 422
    assert answer.json()["code"] == "channel-unsupported"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/notifications/channels"),
        ("POST", "/notifications/channels"),
        ("GET", "/notifications/deliveries"),
        ("GET", "/notifications/dead-letters"),
        ("GET", "/webhooks"),
        ("POST", "/webhooks"),
        ("GET", "/events"),
    ],
)
async def test_nobody_gets_nothing(client_of: Any, method: str, path: str) -> None:
    body = MAIL if method == "POST" and "channels" in path else None
    hook = {"url": "https://example.com", "event_types": ["backtest.finished"]}

    answer = await client_of(None).request(
        method, path, json=None if method == "GET" else body or hook
    )

    assert answer.status_code == 401
