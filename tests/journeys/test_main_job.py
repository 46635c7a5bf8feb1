"""The main job as its user sees it: through the door, with real prices, to the mail that tells."""

import asyncio
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from tests.journeys.installation import Installation, Person

EXAMPLE = (Path(__file__).parents[2] / "examples" / "sma_cross.py").read_text()


def find_mail(folder: Path, address: str, subject: str) -> Any:
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        if mail["To"] == address and subject in mail["Subject"]:
            return mail
    return None


async def wait_for_mail(folder: Path, address: str, subject: str) -> Any:
    async with asyncio.timeout(60):
        while (mail := find_mail(folder, address, subject)) is None:
            await asyncio.sleep(0.1)
    return mail


async def test_from_registration_to_mail(shared_installation: Installation, person: Person) -> None:
    uploaded = await person.upload(SYMBOL, daily_bars_csv())
    assert uploaded.status_code == 201, uploaded.text
    assert uploaded.json()["upload"]["bar_count"] == 3270
    version = await person.create_version(EXAMPLE)

    asked = {"version_id": version["id"], "symbols": [SYMBOL], "params": {"fast": 10}}
    queued = await person.must("POST", "/backtests", asked)
    heard = await person.follow_jobs(queued["id"])
    finished = await person.wait_for_end(queued["id"])

    assert finished["status"] == "finished", finished
    assert [message["status"] for message in heard][-1] == "finished"
    assert heard[-1]["progress"] == 1.0
    assert finished["metrics"]["trade_count"] > 10
    trades = (await person.must("GET", f"/backtests/{queued['id']}/trades?limit=200"))["items"]
    assert (
        len([trade for trade in trades if trade["exit_ts"]]) == finished["metrics"]["trade_count"]
    )
    mails = shared_installation.folder / "mail"
    mail = await wait_for_mail(mails, person.email, "Backtest finished")
    assert queued["id"] in mail.get_body(("plain",)).get_content()
    assert await wait_for_mail(mails, person.email, "Confirm your e-mail address")


async def test_graphql_reads_what_rest_made(person: Person) -> None:
    await person.upload(SYMBOL, daily_bars_csv())
    version = await person.create_version(EXAMPLE)
    asked = {"version_id": version["id"], "symbols": [SYMBOL]}
    backtest = await person.must("POST", "/backtests", asked)
    finished = await person.wait_for_end(backtest["id"])

    query = "{ me { email } backtests(first: 5) { edges { node { id status metrics } } } }"
    answer = await person.http.post(f"{person.url}/graphql", json={"query": query})

    data = answer.json()["data"]
    assert data["me"]["email"] == person.email
    (edge,) = data["backtests"]["edges"]
    assert edge["node"]["id"] == backtest["id"]
    assert edge["node"]["metrics"]["final_equity"] == finished["metrics"]["final_equity"]


async def test_others_see_nothing(person: Person, shared_installation: Installation) -> None:
    await person.upload(SYMBOL, daily_bars_csv())
    version = await person.create_version(EXAMPLE)
    other = shared_installation.person(f"other-{person.email}")
    await other.register()

    path = f"/strategies/{version['strategy_id']}"
    for hidden in (path, f"{path}/versions", f"{path}/versions/1/source"):
        assert (await other.ask("GET", hidden)).status_code == 404
    assert (await other.must("GET", "/market/symbols"))["items"] == []
    asked = {"version_id": version["id"], "symbols": [SYMBOL]}
    assert (await other.ask("POST", "/backtests", asked)).status_code == 422


async def test_api_key_works_until_it_is_revoked(
    person: Person, shared_installation: Installation
) -> None:
    made = await person.must("POST", "/api-keys", {"name": "robot", "scopes": ["strategy:read"]})
    robot = shared_installation.person("robot")
    robot.http.headers["X-API-Key"] = made["key"]
    assert (await robot.ask("GET", "/strategies")).status_code == 200
    assert (await robot.ask("POST", "/strategies", {"name": "no"})).status_code == 403

    await person.must("DELETE", f"/api-keys/{made['id']}")

    async with asyncio.timeout(60):
        while (await robot.ask("GET", "/strategies")).status_code != 401:
            await asyncio.sleep(0.1)


CLASS = "from naru import Strategy\nclass A(Strategy):\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (CLASS + "    def on_bar(self)\n        pass\n", 3),
        ("import os\n", 1),
        (CLASS + "    def on_bar(self):\n        self.__class__.__bases__\n", 4),
        ("x = open('/etc/passwd')\n", 1),
    ],
)
async def test_refused_source_names_the_line(person: Person, source: str, line: int) -> None:
    strategy = await person.must("POST", "/strategies", {"name": "Bad"})

    refused = await person.ask("POST", f"/strategies/{strategy['id']}/versions", {"source": source})

    assert refused.status_code == 422
    assert line in [problem.get("line") for problem in refused.json()["errors"]]
    listed = await person.must("GET", f"/strategies/{strategy['id']}/versions")
    assert listed["items"] == []


async def test_hostile_strategies_harm_nobody(person: Person) -> None:
    """While one strategy loops and another eats memory, others are served."""
    await person.upload(SYMBOL, daily_bars_csv())
    head = "from naru import Strategy\n\nclass Bad(Strategy):\n    def on_bar(self):\n        "
    hog = await person.create_version(head + "x = [0] * 10**10\n")
    good = await person.create_version(EXAMPLE)
    bad = await person.must("POST", "/backtests", {"version_id": hog["id"], "symbols": [SYMBOL]})
    fine = await person.must("POST", "/backtests", {"version_id": good["id"], "symbols": [SYMBOL]})

    assert (await person.wait_for_end(fine["id"]))["status"] == "finished"
    ended = await person.wait_for_end(bad["id"])
    assert (ended["status"], ended["verdict"]) == ("failed", "out_of_memory")
