"""What counts as an e-mail address."""

import pytest
from pydantic import TypeAdapter, ValidationError

from auth_service.contract.accounts import EmailAddress

ADDRESS = TypeAdapter(EmailAddress)


@pytest.mark.parametrize(
    "text",
    [
        "mina@example.com",
        "root@naru.local",
        "admin@localhost",
        "a.b+c@sub.example.co.kr",
        "민아@예시.kr",
    ],
)
def test_addresses_of_the_public_and_of_private_networks_are_taken(text: str) -> None:
    assert ADDRESS.validate_python(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mina",
        "mina@",
        "@example.com",
        "a b@example.com",
        "a@exa mple.com",
        "a@.example.com",
        "a@b@c.example",
        "a@example.com\x00",
        "\ud800@example.com",
        "a@[127.0.0.1]",
        "a@-b.example",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(text)
