"""Plain command lines come to the same whoever reads them."""

import gc
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.core import TyperCommand
from typer.testing import CliRunner

from naru.cli import main
from naru.cli.commands import cli
from naru.cli.plain import PlainCommand

TOKENS = ["--data", "--name", "--fast", "--json", "--count", "--no-fast", "--data=a", "--help",
          "-", "--", "-x", "a.py", "b", "3", ""]  # fmt: skip


def _command(
    file: Path,
    data: Annotated[list[Path], typer.Option()],
    name: Annotated[list[str] | None, typer.Option()] = None,
    json: Annotated[Path | None, typer.Option()] = None,
    cash: Annotated[str, typer.Option()] = "10000",
    count: Annotated[int, typer.Option(min=2)] = 7,
    fast: Annotated[bool, typer.Option()] = False,
) -> None:
    """Do nothing."""


def _read(kind: type[TyperCommand], args: list[str]) -> tuple[Any, ...]:
    """Return the values that a command line comes to, or how typer refuses it."""
    app = typer.Typer(add_completion=False)
    app.command(cls=kind)(_command)
    try:
        context = typer.main.get_command(app).make_context("naru", list(args))
    except Exception as error:
        return type(error), str(error)
    return context.args, {name: value or None for name, value in context.params.items()}


@given(st.lists(st.sampled_from(TOKENS), max_size=7))
def test_values_and_refusals_are_typers_own(args: list[str]) -> None:
    assert _read(PlainCommand, args) == _read(TyperCommand, args)


@pytest.mark.parametrize(
    "args",
    [
        ["a.py", "--data", "b"],
        ["--data", "b", "--data", "-", "a.py", "--fast", "--json", "-", "--cash", "-5"],
        ["--name", "x=1", "--name", "--fast", "a.py", "--data", "c"],
        ["a.py", "--data", "b", "--count", "3"],
        ["a.py", "--data", "b", "--count", "1"],
        ["a.py", "b.py", "--data", "b"],
    ],
)
def test_what_people_type_is_read_as_typer_reads_it(args: list[str]) -> None:
    assert _read(PlainCommand, args) == _read(TyperCommand, args)


@pytest.mark.parametrize(
    "arguments",
    [
        ["version"],
        ["remote", "nothing"],
        ["backtest", "a.py"],
        ["backtest", "a.py", "--data", "none.csv"],
        ["backtest", "a.py", "--data", "none.csv", "--dta", "b.csv"],
    ],
)
def test_a_command_that_comes_first_says_what_it_says_in_the_group(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["naru", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    gc.unfreeze()  # this process goes on
    said = capsys.readouterr()

    inside = CliRunner().invoke(cli, arguments, prog_name="naru")

    assert (ended.value.code, said.out, said.err) == (
        inside.exit_code, inside.stdout, inside.stderr,
    )  # fmt: skip
