"""One grep, and one trace, follow a run through all processes of the platform."""

import secrets
from pathlib import Path

import orjson

from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from tests.journeys.collector import collecting
from tests.journeys.installation import Installation
from tests.journeys.test_main_job import EXAMPLE


async def test_a_run_is_followed_by_its_request_and_its_trace(
    own_installation: Installation,
) -> None:
    request_id, trace_id = f"run-{secrets.token_hex(8)}", secrets.token_hex(16)
    async with collecting() as collector:
        own_installation.environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "NARU_LOG_LEVEL": "INFO",
        }
        await own_installation.start()
        person = own_installation.person("otto@example.com")
        await person.register()
        await person.upload(SYMBOL, daily_bars_csv())
        version = await person.create_version(EXAMPLE)
        answer = await person.http.post(
            "/backtests",
            json={"version_id": version["id"], "symbols": [SYMBOL]},
            headers={"X-Request-Id": request_id, "traceparent": f"00-{trace_id}-{'1' * 16}-01"},
        )
        assert answer.status_code == 202, answer.text
        ended = await person.wait_for_end(answer.json()["id"])
        assert ended["status"] == "finished"

        await collector.wait_for(
            trace_id,
            {
                ("naru-gateway", "POST /backtests"),  # the edge's, and the service's
                ("naru-worker-minutes", "trading.run_backtest"),
                ("naru-worker-minutes", "POST /internal/executions"),
                ("naru-worker-minutes", "sandbox.run"),
                ("naru-worker-seconds", "trading.settle_usage"),
            },
        )

    assert collector.spans[trace_id].count(("naru-gateway", "POST /backtests")) == 2
    events = logged(own_installation.folder, request_id)
    assert {"request.answered", "backtest.queued", "backtest.finished"} <= events


def logged(folder: Path, request_id: str) -> set[str]:
    """Return the events of all log lines that name a request: what grep would find."""
    lines = [
        orjson.loads(line)
        for file in folder.glob("logs/*")
        for line in file.read_bytes().splitlines()
        if request_id.encode() in line
    ]
    assert all(line["request_id"] == request_id for line in lines)
    return {line["event"] for line in lines}
