"""What ``naru remote`` says: tables for people, JSON for programs, and what to do when it fails."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from naru.cli.ending import BAD_ARGUMENTS, NOT_SERVED, end
from naru.cli.options import typed
from naru.report.log import printable
from naru_client import (
    ApiError,
    ConnectionFailedError,
    ForbiddenError,
    NaruError,
    NotAuthenticatedError,
    SignInRequiredError,
    StreamError,
)
from naru_client.model import Model

_WIDEST = 10_000
_INPUT = {400, 404, 409, 413, 422}
_ADVICE = {
    "login-failed": "try again, or ask for a new password at {url}/api/v1/auth/password/forgot",
    "second-factor-wrong": "wait for the next code and try again",
    "api-key-invalid": f"look at NARU_API_KEY, or unset it and run `{typed()} remote login`",
}


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn failures into a sentence and an exit status.

    2 what was asked for is refused, 3 the platform cannot be reached or lets nobody in.
    """
    try:
        yield
    except ConnectionFailedError as error:
        end(
            NOT_SERVED,
            f"cannot reach {url}: {error.__cause__ or error}",
            f"start the platform with `{typed()} up`, or set NARU_URL to its address",
        )
    except (SignInRequiredError, NotAuthenticatedError) as error:
        detail = error.detail if isinstance(error, ApiError) else str(error)
        code = error.code if isinstance(error, ApiError) else ""
        next_step = _ADVICE.get(code, f"sign in again: {typed()} remote login").format(url=url)
        end(NOT_SERVED, f"not signed in at {url}: {detail}", next_step)
    except ForbiddenError as error:
        end(NOT_SERVED, str(error), f"use a key with that scope, or `{typed()} remote login`")
    except ApiError as error:
        status = BAD_ARGUMENTS if error.http_status in _INPUT else NOT_SERVED
        advice = [f"request id {error.request_id}"] if error.http_status >= 500 else []
        end(status, str(error), *advice)
    except (NaruError, StreamError) as error:
        end(NOT_SERVED, str(error))


def print_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"{type(value).__name__} is not JSON")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; where the terminal is too narrow for it, each row as lines of its own.

    Texts of users are never markup. What goes to a file or a pipe is as wide as it has to be.
    """
    heads = [column.replace("_", " ") for column in columns]
    cells = [[escape(_cell(cell)) for cell in row] for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=True)
    for row in cells:
        table.add_row(*row)
    console = Console()
    wide = Console(width=_WIDEST)
    width = Measurement.get(wide, wide.options, table).maximum
    if not console.is_terminal:
        Console(width=width).print(table)
    elif width <= console.width:
        console.print(table)
    else:
        for row in cells:
            _print_lines(console, heads, row)


def _print_lines(console: Console, heads: Sequence[str], row: Sequence[str]) -> None:
    lines = Table.grid(padding=(0, 2))
    for head, cell in zip(heads[1:], row[1:], strict=True):
        lines.add_row(f"  {head}", cell)
    console.print(row[0], highlight=False)
    console.print(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return format(value, "%Y-%m-%d %H:%M") if isinstance(value, datetime) else printable(str(value))
