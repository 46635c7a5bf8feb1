"""Migrations are written when somebody asks for one, and not by a slip."""

import pytest

from infra.revision import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["trading", "--check"],
        ["--check", "trading"],
        ["trading"],
        ["trading", " "],
        ["billing", "add a table"],
        ["trading", "add", "a table"],
        [],
    ],
)
async def test_a_slip_writes_nothing_and_is_told_how_to_ask(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await main(arguments) == 2
    assert "python -m infra.revision trading" in capsys.readouterr().err
