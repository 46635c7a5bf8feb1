"""What happens to channels when their workspace goes, wants a copy, or the master key changes."""

from dataclasses import replace
from uuid import UUID

import httpx2
import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from notification_service.deps import NotificationDeps
from notification_service.models import ChannelRow
from notification_service.webhooks.service import secret_place
from notification_service.workspaces.tasks import DUTIES
from shared.ids import new_id
from shared.vault import Vault
from tests.auth_ledger import AuthLedger, read_export
from tests.notification_service.conftest import KEY, ClientOf, Register

NEW = SecretStr("a7" * 32)
HOOK = {"url": "https://hooks.example.com/naru", "event_types": ["backtest.finished"]}


@pytest.fixture
def ledger() -> AuthLedger:
    return AuthLedger()


@pytest.fixture
async def worker(deps: NotificationDeps, ledger: AuthLedger) -> NotificationDeps:
    return replace(deps, auth=ledger.client(KEY))


async def add_webhook(client: httpx2.AsyncClient) -> str:
    """Add a webhook; return its secret."""
    answer = await client.post("/webhooks", json=HOOK)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


async def test_one_of_two_workspaces_goes(
    register: Register,
    client: httpx2.AsyncClient,
    client_of: ClientOf,
    workspace_id: UUID,
    worker: NotificationDeps,
    ledger: AuthLedger,
) -> None:
    neighbour = await register("noor@example.com")
    for somebody in (client, client_of(neighbour.workspace_id)):
        await add_webhook(somebody)

    for _ in range(2):
        await DUTIES.erase(worker, workspace_id)

    assert [report.counts["channels"] for _, report in ledger.erasures] == [1, 1]
    async with worker.units_of_work() as work:
        left = (await work.session.scalars(select(ChannelRow.workspace_id))).all()
    assert left == [neighbour.workspace_id]


async def test_an_export_has_channels_without_their_secrets(
    client: httpx2.AsyncClient,
    workspace_id: UUID,
    worker: NotificationDeps,
    ledger: AuthLedger,
) -> None:
    secret = await add_webhook(client)
    export_id = new_id()

    await DUTIES.write_part(worker, workspace_id, export_id)

    files = await read_export(worker, workspace_id, export_id, "notification")
    (channel,) = orjson.loads(files["notifications/channels.json"])
    assert channel["target"] == HOOK["url"]
    assert "secret" not in channel
    assert "previous_secret" not in channel
    assert not any(secret.encode() in content for content in files.values())
    assert ledger.parts[0][1].file_count == len(files)


async def test_secrets_outlive_a_change_of_master_key(
    client: httpx2.AsyncClient,
    workspace_id: UUID,
    worker: NotificationDeps,
    ledger: AuthLedger,
) -> None:
    secret = await add_webhook(client)
    changing = replace(worker, vault=Vault(NEW, [KEY]))

    for _ in range(2):
        await DUTIES.rewrap(changing, workspace_id, new_id())

    async with worker.units_of_work() as work:
        row = (await work.session.scalars(select(ChannelRow))).one()
    assert row.secret is not None
    opened = Vault(NEW).open(row.secret, *secret_place(workspace_id, row.id))
    assert opened.decode() == secret
    assert [entry["facts"]["count"] for entry in ledger.audit] == [1, 0]
