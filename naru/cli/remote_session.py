"""Signing in from the terminal: prompts, second factors, and showing once more that it is you."""

import sys
from collections.abc import Callable
from typing import TypeVar

import typer

from naru.cli.ending import refuse
from naru_client import ApiError, NaruClient

Value = TypeVar("Value")
_CODE_WANTED = "second-factor-required"
_STEP_UP_WANTED = "step-up-required"


def sign_in(client: NaruClient, email: str | None, *, password_stdin: bool) -> None:
    """Begin a session; ask for what is missing. A password is never an argument."""
    address = email or typer.prompt("E-mail")
    password = read_password(stdin=password_stdin)
    try:
        client.login(address, password)
    except ApiError as error:
        if error.code != _CODE_WANTED:
            raise
        client.login(address, password, typer.prompt("Code of your authenticator", err=True))


def read_password(*, stdin: bool) -> str:
    """Return a password from standard input's first line, or from a prompt that shows nothing."""
    if not stdin:
        return str(typer.prompt("Password", hide_input=True, err=True))
    password = sys.stdin.readline().rstrip("\n")
    if not password:
        refuse("--password-stdin: standard input is empty")
    return password


def with_step_up(client: NaruClient, work: Callable[[NaruClient], Value]) -> Value:
    """Do what needs a sign-in of the last minutes; ask for the password when it was earlier."""
    try:
        return work(client)
    except ApiError as error:
        if error.code != _STEP_UP_WANTED:
            raise
    typer.echo("Confirm that it is you.", err=True)
    client.confirm(read_password(stdin=False))
    return work(client)
