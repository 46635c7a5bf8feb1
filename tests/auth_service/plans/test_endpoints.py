"""Plans come from one file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from auth_service.client import AuthClient
from auth_service.plans.book import PlanBook
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

    with pytest.raises(ValidationError):
        PlanBook(path).plans()
