"""``naru test``: the project's own tests, in a checkout."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def test(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Passed on to pytest, after --.")
    ] = None,  # noqa: PT028 (a command, not a test)
) -> None:
    """Run the test suite of this checkout on real engines, on all cores."""
    root = Path(__file__).parents[2]
    if not (root / "tests").is_dir():
        typer.echo("The tests are part of the source checkout: clone it and run there.", err=True)
        raise typer.Exit(2)
    os.chdir(root)
    given = arguments or ["-n", "auto", "--dist", "worksteal"]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *given])  # noqa: S606
