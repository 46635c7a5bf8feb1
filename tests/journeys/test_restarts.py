"""Whatever is killed, what was acknowledged is there afterwards, and no process is left behind."""

import asyncio
from pathlib import Path

from naru.cli.sample_bars import SYMBOL, daily_bars_csv
from tests.journeys.installation import Installation, Person

SLOW = """
from naru import Strategy

class Slow(Strategy):
    def on_bar(self):
        total = 0
        for number in range(5000):
            total += number
        if self.now is not None and not self.position.size:
            self.buy(size=1)
"""


async def begin_slow_backtest(installation: Installation) -> tuple[Person, str]:
    """Let somebody start a backtest that takes seconds; return once it is running."""
    person = installation.person("mina@example.com")
    await person.register()
    uploaded = await person.upload(SYMBOL, daily_bars_csv())
    assert uploaded.status_code == 201
    version = await person.create_version(SLOW)
    asked = {"version_id": version["id"], "symbols": [SYMBOL]}
    backtest = await person.must("POST", "/backtests", asked)
    async with asyncio.timeout(60):
        path = f"/backtests/{backtest['id']}"
        while (await person.must("GET", path))["status"] != "running":
            await asyncio.sleep(0.1)
    return person, backtest["id"]


async def test_backtest_survives_kill_9_of_everything(own_installation: Installation) -> None:
    await own_installation.start()
    before, backtest_id = await begin_slow_backtest(own_installation)

    await own_installation.kill()
    async with asyncio.timeout(60):
        while own_installation.children(str(own_installation.folder)):
            await asyncio.sleep(0.05)
    await own_installation.start()

    after = own_installation.person(before.email)
    await after.sign_in()
    ended = await after.wait_for_end(backtest_id)
    assert ended["status"] == "finished"
    assert ended["metrics"]["open_trade_count"] == 1


async def test_backtest_survives_its_engines_and_its_worker(
    own_installation: Installation,
) -> None:
    await own_installation.start()
    person, backtest_id = await begin_slow_backtest(own_installation)
    folder = str(own_installation.folder)

    own_installation.kill_children(f"valkey-server unixsocket:{folder}")
    own_installation.kill_children(f"postgres -D {folder}")
    own_installation.kill_forked("naru-worker-min")

    async with asyncio.timeout(60):
        while (await person.ask("GET", "/me")).status_code != 200:
            await asyncio.sleep(0.2)
    assert (await person.wait_for_end(backtest_id))["status"] == "finished"


async def test_second_start_on_the_same_folder_says_so(own_installation: Installation) -> None:
    await own_installation.start()

    status, said = await own_installation.run_command(
        "up", "--port", "0", "--state-dir", str(own_installation.folder)
    )

    assert status == 3
    assert "already running" in said
    assert own_installation.url in said.replace("\n", "")


async def test_ctrl_c_stops_everything(own_installation: Installation) -> None:
    await own_installation.start()

    assert await own_installation.stop() == 0

    assert own_installation.children(str(own_installation.folder)) == []
    assert not (Path(own_installation.folder) / "running.json").exists()


async def test_taken_port_is_said(own_installation: Installation) -> None:
    await own_installation.start()
    port = own_installation.url.rpartition(":")[2]

    status, said = await own_installation.run_command(
        "up", "--port", port, "--state-dir", str(own_installation.folder.with_name("other"))
    )

    assert status == 1
    assert f"port {port} is taken" in said
