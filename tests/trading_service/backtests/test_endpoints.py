"""``/backtests``: checked when asked for, the owner's alone, readable once finished."""

from typing import Any

import pytest

from shared.ids import new_id
from tests.trading_service.conftest import ClientOf, Platform, wave


@pytest.fixture
async def version_id(platform: Platform) -> str:
    """Import bars and upload a strategy."""
    await platform.upload(wave())
    return await platform.create_version()


async def test_backtest_is_queued_and_says_where_to_follow_it(
    platform: Platform, version_id: str
) -> None:
    answer = await platform.ask(version_id, params={"fast": 4}, config={"cash": "5000"})

    assert answer.status_code == 202
    backtest = answer.json()
    assert answer.headers["Location"] == f"/api/v1/backtests/{backtest['id']}"
    assert backtest["status"] == "queued"
    assert backtest["progress"] == 0.0
    assert backtest["params"] == {"fast": 4, "slow": 20}
    assert backtest["config"]["cash"] == "5000"
    assert (await platform.trading.get(f"/backtests/{backtest['id']}")).json() == backtest


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"version_id": f"ver_{new_id().hex}"}, "/version_id", "version-not-found"),
        ({"version_id": "ver_1"}, "/version_id", "id-malformed"),
        ({"symbols": []}, "/symbols", "too-short"),
        ({"symbols": ["NOPE"]}, "/symbols/0", "symbol-not-found"),
        ({"symbols": ["WAVE", "WAVE"]}, "", "value-error"),
        ({"start": "2050-01-01T00:00:00Z"}, "/symbols/0", "bars-not-found"),
        (
            {"start": "2020-01-02T00:00:00Z", "end": "2020-01-01T00:00:00Z"},
            "",
            "value-error",
        ),
        ({"start": "2020-01-02T00:00:00"}, "/start", "timezone-aware"),
        ({"params": {"fats": 3}}, "/params/fats", "param-invalid"),
        ({"params": {"fast": 1}}, "/params/fast", "param-invalid"),
        ({"params": {"fast": "many"}}, "/params/fast", "param-invalid"),
        ({"config": {"cash": "-1"}}, "/config/cash", "config-invalid"),
        ({"config": {"commission": 5}}, "/config/commission", "config-invalid"),
        ({"config": {"nonsense": 1}}, "/config/nonsense", "config-invalid"),
        ({"config": {"session": "09:30-16:00 New York"}}, "/config/session", "config-invalid"),
        ({"config": {"session": "16:00-09:30 Asia/Seoul"}}, "/config/session", "config-invalid"),
        ({"confidence_samples": 5_001}, "/confidence_samples", "less-than-equal"),
        ({"confidence_samples": -1}, "/confidence_samples", "greater-than-equal"),
        ({"colour": "red"}, "/colour", "extra-forbidden"),
    ],
)
async def test_bad_input_names_the_field(
    platform: Platform, version_id: str, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await platform.ask(**({"version_id": version_id} | change))

    assert answer.status_code == 422
    problems = [(problem["pointer"], problem["code"]) for problem in answer.json()["errors"]]
    assert (pointer, code) in problems
    assert (await platform.trading.get("/backtests")).json()["items"] == []


async def test_hours_may_be_given_in_a_venues_own_time(platform: Platform, version_id: str) -> None:
    config = {"session": "09:30-16:00 America/New_York"}
    answer = await platform.ask(version_id, config=config, end="9999-01-01T00:00:00Z")

    session = answer.json()["config"]["session"]
    assert session["hours"] == "09:30-16:00"
    # The wave begins in September 2020; the clocks are set back on the first of November.
    assert [minutes for _, minutes in session["offsets"][:3]] == [-240, -300, -240]
    assert session["offsets"][1][0] == 1_604_210_400 * 10**9


async def test_lists_are_paged_and_filtered(platform: Platform, version_id: str) -> None:
    ids = [(await platform.ask(version_id)).json()["id"] for _ in range(3)]

    first = (await platform.trading.get("/backtests", params={"limit": 2})).json()
    second = (
        await platform.trading.get(
            "/backtests", params={"limit": 2, "cursor": first["next_cursor"]}
        )
    ).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None

    elsewhere = {"strategy_id": f"st_{new_id().hex}"}
    assert (await platform.trading.get("/backtests", params=elsewhere)).json()["items"] == []
    forged = await platform.trading.get("/backtests", params={"cursor": "AAAA"})
    assert forged.status_code == 422


async def test_others_backtests_do_not_exist(
    platform: Platform, version_id: str, client_of: ClientOf
) -> None:
    backtest_id = (await platform.ask(version_id)).json()["id"]
    other = client_of(new_id())

    paths = ["", "/metrics", "/trades", "/orders", "/equity", "/logs", "/receipt", "/report"]
    for path in paths:
        assert (await other.get(f"/backtests/{backtest_id}{path}")).status_code == 404
    assert (await other.post(f"/backtests/{backtest_id}/cancel")).status_code == 404
    assert (await other.delete(f"/backtests/{backtest_id}")).status_code == 404
    assert (await other.get("/backtests")).json()["items"] == []
    stolen = await other.post("/backtests", json={"version_id": version_id, "symbols": ["WAVE"]})
    assert stolen.status_code == 422
    assert stolen.json()["errors"][0]["code"] == "version-not-found"


async def test_nobody_gets_nothing(platform: Platform, client_of: ClientOf) -> None:
    nobody = client_of(None)

    assert (await nobody.get("/backtests")).status_code == 401
    body = {"version_id": f"ver_{new_id().hex}", "symbols": ["WAVE"]}
    assert (await nobody.post("/backtests", json=body)).status_code == 401


async def test_results_are_there_once_the_run_is_finished(
    platform: Platform, version_id: str
) -> None:
    backtest_id = (await platform.ask(version_id)).json()["id"]
    path = f"/backtests/{backtest_id}"
    early = await platform.trading.get(f"{path}/trades")
    assert early.status_code == 409
    assert early.json()["code"] == "backtest-not-finished"

    finished = await platform.run(backtest_id)

    assert finished["status"] == "finished"
    assert finished["progress"] == 1.0
    metrics = (await platform.trading.get(f"{path}/metrics")).json()["metrics"]
    assert metrics == finished["metrics"]
    trades = (await platform.trading.get(f"{path}/trades", params={"limit": 200})).json()["items"]
    assert len(trades) == metrics["trade_count"] + sum(t["exit_ts"] is None for t in trades)
    assert all(isinstance(trade["pnl"], str) for trade in trades)
    equity = (await platform.trading.get(f"{path}/equity", params={"points": 50})).json()
    assert equity["points"] == 400
    assert len(equity["ts"]) == len(equity["value"]) == len(equity["drawdown"]) <= 50
    orders = (await platform.trading.get(f"{path}/orders")).json()["items"]
    assert {order["status"] for order in orders} <= {"filled", "canceled", "rejected", "expired"}
    logs = (await platform.trading.get(f"{path}/logs")).json()["items"]
    assert {line["text"] for line in logs} == {"up"}
    receipt = (await platform.trading.get(f"{path}/receipt")).json()["receipt"]
    assert len(receipt["hash"]) == 64
    report = await platform.trading.get(f"{path}/report")
    assert report.headers["content-type"].startswith("text/html")
    assert "SmaCross" in report.text
    korean = await platform.trading.get(f"{path}/report?language=ko")
    assert '<html lang="ko">' in korean.text
    assert (await platform.trading.get(f"{path}/report?language=xx")).status_code == 422


async def test_cancel_is_idempotent_and_delete_needs_an_end(
    platform: Platform, version_id: str
) -> None:
    backtest_id = (await platform.ask(version_id)).json()["id"]
    path = f"/backtests/{backtest_id}"
    assert (await platform.trading.delete(path)).status_code == 409

    for _ in range(2):
        answer = await platform.trading.post(f"{path}/cancel")
        assert answer.json()["status"] == "cancelled"
    assert (await platform.run(backtest_id))["status"] == "cancelled"
    assert (await platform.trading.get(f"{path}/trades")).status_code == 409

    assert (await platform.trading.delete(path)).status_code == 204
    assert (await platform.trading.get(path)).status_code == 404
