"""Every kind of event can be told in every language."""

from ipaddress import ip_address
from typing import Any, get_args

import pytest

from notification_service.contract.channels import Locale
from notification_service.contract.event_types import DESCRIPTIONS, EventType, PublicEvent
from notification_service.domain.addresses import is_public
from notification_service.domain.messages import known_locale, write_message
from shared.clock import utc_now
from shared.ids import new_id

DATA: dict[str, Any] = {
    "strategy_name": "SmaCross",
    "symbols": ["AAPL", "MSFT"],
    "backtest_id": "bt_00000000000000000000000000000000",
    "metrics": {"total_return": None, "max_drawdown": -0.5, "sharpe": 1.5, "trade_count": 3},
    "verdict": "crashed",
    "problem": {"message": "division by zero", "line": 7, "hint": "check the divisor"},
    "number": 2,
    "sha256": "ab" * 32,
}


@pytest.mark.parametrize("locale", get_args(Locale))
@pytest.mark.parametrize("kind", get_args(EventType))
def test_every_event_has_words(kind: EventType, locale: Locale) -> None:
    event = PublicEvent(id=new_id(), type=kind, timestamp=utc_now(), data=DATA)

    message = write_message(event, locale, "https://naru.example/")

    assert "SmaCross" in message.subject
    assert "\n" not in message.subject
    assert message.text.strip()
    assert "example//" not in message.text


def test_every_event_type_is_described() -> None:
    assert set(DESCRIPTIONS) == set(get_args(EventType))


@pytest.mark.parametrize(
    ("text", "locale"),
    [("ko", "ko"), ("ko-KR", "ko"), ("KO_kr", "ko"), ("en-GB", "en"), ("fr", "en"), (None, "en")],
)
def test_locales_are_read_as_languages(text: str | None, locale: str) -> None:
    assert known_locale(text) == locale


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "168.63.129.16", "::1", "fe80::1",
        "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "::a00:1",
        "2001:0:4136:e378::1",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))
