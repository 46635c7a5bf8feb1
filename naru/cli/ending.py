"""How commands end: words on standard error, and a status that scripts can go by."""

from pathlib import Path
from typing import NoReturn

import typer

FAILED, BAD_ARGUMENTS, NOT_SERVED, INTERRUPTED = 1, 2, 3, 130


def end(status: int, text: str, *advice: str) -> NoReturn:
    """Say why, and what to do next; raises typer.Exit."""
    typer.echo(text, err=True)
    for line in advice:
        typer.echo(f"  {line}", err=True)
    raise typer.Exit(status)


def fail(text: str) -> NoReturn:
    """Say what the strategy did; raises typer.Exit with 1."""
    end(FAILED, text)


def refuse(text: str) -> NoReturn:
    """Say what is wrong with arguments or data; raises typer.Exit with 2."""
    end(BAD_ARGUMENTS, text)


def read_source(file: Path) -> str:
    """Return a strategy's source. Raises typer.Exit with 2 for what is no text."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    except UnicodeDecodeError as error:
        refuse(f"{file}: not UTF-8 text (byte {error.start})")
