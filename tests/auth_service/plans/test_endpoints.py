"""Plans come from one file."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from auth_service.client import AuthClient
from auth_service.plans.book import PlanBook
from auth_service.settings import AuthSettings
from shared.settings import explain
from tests.auth_service.visitor import Visitor


async def test_anybody_may_read_the_plans(visitor: Visitor, client: AuthClient) -> None:
    answer = await visitor.call("GET", "/plans")

    assert answer.status_code == 200
    names = [plan["name"] for plan in answer.json()["items"]]
    assert names == ["free", "premium", "enterprise"]
    plans = await client.list_plans()
    assert (plans[0].requests_per_minute, plans[0].request_burst) == (60, 20)
    assert plans[2].sandbox_cpu_s_per_day is None


def test_a_changed_file_counts_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    shipped = Path("auth_service/plans.toml").read_text()
    path.write_text(shipped)
    book = PlanBook(path)
    assert book.get("free").api_keys == 2

    path.write_text(shipped.replace("api_keys = 2\n", "api_keys = 3\n"))

    assert book.get("free").api_keys == 3
    assert book.get("gone-since").name == "free"


@pytest.mark.parametrize("text", ["plans = []", "[[plans]]\nname = 'x'", "plans = 5", ""])
def test_a_file_that_is_no_price_list_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(text)

    with pytest.raises(ValueError, match=str(path)):
        PlanBook(path).plans()


def test_a_faulty_edit_leaves_the_plans_of_before(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(Path("auth_service/plans.toml").read_text())
    book = PlanBook(path)
    known = book.plans()

    path.write_text("[[plans]]\nname =")
    os.utime(path, ns=(1, 1))

    assert book.plans() == known
    path.unlink()
    assert book.plans() == known


def test_settings_name_a_faulty_file_and_the_place_in_it(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text("[[plans]]\nname = 'x'")

    with pytest.raises(ValidationError) as refusal:
        AuthSettings(
            database_url="postgresql:///x",
            redis_url="redis://x",
            master_key="00" * 32,
            state_dir=tmp_path,
            plans_file=path,
        )

    told = explain(refusal.value)
    assert told.startswith(f"NARU_PLANS_FILE or AUTH_PLANS_FILE: {path}: plans.0.title: ")
    assert "00" * 32 not in told
