"""Somebody takes their things along and leaves: nothing of them stays."""

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import orjson

from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from tests.journeys.installation import Installation, Person
from tests.journeys.test_restarts import begin_slow_backtest

MARK = "heron_over_granite_42"
SOURCE = f"""
from naru import Strategy

class Marked(Strategy):
    \"\"\"{MARK}\"\"\"

    def on_bar(self):
        if not self.position:
            self.log("{MARK}")
            self.buy(percent=0.5)
"""
SERVICES = {"auth", "data", "logic", "trading", "notification"}


async def use(person: Person) -> dict[str, Any]:
    """Leave something with every service; return the finished backtest."""
    assert (await person.upload(SYMBOL, daily_bars_csv())).status_code == 201
    version = await person.create_version(SOURCE)
    asked = {"version_id": version["id"], "symbols": [SYMBOL]}
    backtest = await person.must("POST", "/backtests", asked)
    ended = await person.wait_for_end(backtest["id"])
    assert ended["status"] == "finished", ended["problem"]
    return ended


async def wait_for_deletion(http: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    """Look at a deletion, as anybody who knows its id may, until all have reported."""
    async with asyncio.timeout(60):
        while True:
            answer = await http.get(path)
            if answer.is_success and answer.json()["completed_at"] is not None:
                found: dict[str, Any] = answer.json()
                return found
            await asyncio.sleep(0.3)


def objects_of(installation: Installation) -> list[Path]:
    """Return all files of the object store."""
    return [path for path in (installation.folder / "objects").rglob("*") if path.is_file()]


async def test_export_then_deletion_leave_nothing_behind(own_installation: Installation) -> None:
    await own_installation.start()
    person = own_installation.person("mina@example.com")
    await person.register()
    neighbour = own_installation.person("noor@example.com")
    await neighbour.register()
    backtest = await use(person)
    theirs = await use(neighbour)

    export = await person.must("POST", "/me/export")
    async with asyncio.timeout(60):
        while export["status"] == "collecting":
            await asyncio.sleep(0.3)
            export = await person.must("GET", f"/me/exports/{export['id']}")
    assert export["status"] == "ready"
    assert set(export["files"]) == SERVICES
    archive = await person.ask("GET", f"/me/exports/{export['id']}/archive")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    assert SOURCE.encode() in files.values()
    result = orjson.loads(files[f"backtests/{backtest['id']}/result.json"])
    assert result["metrics"]["fill_count"] == backtest["metrics"]["fill_count"]
    assert orjson.loads(files["account/profile.json"])[0]["email"] == person.email
    assert sum(export["files"].values()) == len(files)

    answer = await person.ask("DELETE", "/me")
    assert answer.status_code == 202
    done = await wait_for_deletion(
        neighbour.http, answer.headers["Location"].removeprefix("/api/v1")
    )

    erased = done["erased"]
    assert set(erased) == SERVICES
    assert (erased["data"]["datasets"], erased["logic"]["versions"]) == (1, 1)
    assert erased["trading"]["backtests"] == 1
    assert min(erased[name]["objects"] for name in ("data", "logic", "trading")) > 0
    workspace_id = export["workspace_id"].removeprefix("ws_")
    assert not [path for path in objects_of(own_installation) if workspace_id in str(path)]
    assert (await neighbour.must("GET", f"/backtests/{theirs['id']}"))["status"] == "finished"
    report = await neighbour.ask("GET", f"/backtests/{theirs['id']}/report")
    assert MARK in report.text


async def test_a_deletion_goes_on_after_kill_9_and_stops_what_runs(
    own_installation: Installation,
) -> None:
    await own_installation.start()
    person, _ = await begin_slow_backtest(own_installation)
    answer = await person.ask("DELETE", "/me")
    path = answer.headers["Location"].removeprefix("/api/v1")

    await own_installation.kill()
    async with asyncio.timeout(60):
        while own_installation.children(str(own_installation.folder)):
            await asyncio.sleep(0.05)
    await own_installation.start()

    async with httpx2.AsyncClient(base_url=f"{own_installation.url}/api/v1") as anybody:
        done = await wait_for_deletion(anybody, path)
    assert done["erased"]["trading"]["backtests"] == 1
    assert done["erased"]["data"]["bars"] > 0
    assert done["erased"]["logic"]["versions"] == 1
