"""Every kind of event can be told in every language."""

from ipaddress import ip_address
from typing import Any, get_args

import pytest

from auth_service.contract.mails import MailKind
from notification_service.contract.channels import Locale
from notification_service.contract.event_types import (
    DESCRIPTIONS,
    AnyEventType,
    EventType,
    PublicEvent,
)
from notification_service.domain.addresses import is_public
from notification_service.domain.messages import (
    known_locale,
    write_account_mail,
    write_code,
    write_message,
)
from shared.clock import utc_now
from shared.ids import new_id

RUN: dict[str, Any] = {
    "strategy_name": "SmaCross",
    "symbols": ["AAPL", "MSFT"],
    "backtest_id": "bt_00000000000000000000000000000000",
    "metrics": {"total_return": None, "max_drawdown": 0.5, "sharpe": 1.5, "trade_count": 3},
    "verdict": "crashed",
    "problem": {"message": "division by zero", "line": 7, "hint": "check the divisor"},
}
FACTS: dict[AnyEventType, tuple[dict[str, Any], str]] = {
    "strategy.version.created": (
        {"strategy_name": "SmaCross", "number": 2, "sha256": "ab" * 32},
        "SmaCross",
    ),
    "backtest.queued": (RUN, "AAPL, MSFT"),
    "backtest.finished": (RUN, " 50.00%"),
    "backtest.failed": (RUN, "division by zero"),
    "quota.warning": ({"meter": "sandbox_cpu_ms", "used": 481_000, "limit": 600_000}, "481"),
    "webhook.disabled": (
        {"webhook_id": "wh_0", "url": "https://example.com/a?b&c", "reason": "it answered 410"},
        "https://example.com/a?b&c",
    ),
    "message.exhausted": (
        {
            "channel_kind": "sms",
            "event_type": "backtest.failed",
            "attempts": 9,
            "error": "Twilio answered 500",
        },
        "Twilio answered 500",
    ),
    "notification.test": ({"channel_id": "ch_0"}, "Naru"),
}
URL = "https://naru.example/"
LINK = "https://naru.example/api/v1/auth/email/verify#token=abc_-123"


@pytest.mark.parametrize("locale", get_args(Locale))
@pytest.mark.parametrize("kind", FACTS)
def test_every_event_has_words(kind: AnyEventType, locale: Locale) -> None:
    data, told = FACTS[kind]
    event = PublicEvent(id=new_id(), type=kind, timestamp=utc_now(), data=data)

    message = write_message(event, locale, URL)

    assert message.subject
    assert "\n" not in message.subject
    assert told in message.subject + message.text
    assert "example//" not in message.text


def test_no_event_type_is_left_out() -> None:
    assert set(FACTS) == {*get_args(EventType), "notification.test"}


@pytest.mark.parametrize("locale", get_args(Locale))
@pytest.mark.parametrize("kind", get_args(MailKind))
@pytest.mark.parametrize("name", ["Mina", None])
def test_every_account_mail_has_words(kind: MailKind, locale: Locale, name: str | None) -> None:
    linked = kind in {"verify_email", "reset_password", "workspace_invitation"}
    facts = {
        "name": name,
        "url": URL.rstrip("/"),
        "link": LINK,
        "expires_at": "2026-11-02 09:30",
        "about": "Premium, Desk",
    }

    message = write_account_mail(kind, locale, facts)

    assert message.subject
    assert (LINK in message.text) is linked
    assert (f'href="{LINK}"' in message.html) is linked
    assert "None" not in message.text
    assert ("Premium, Desk" in message.text) is (kind == "plan_past_due")


def test_languages_differ() -> None:
    korean, english = (write_code("123456", locale) for locale in ("ko", "en"))

    assert "123456" in korean.subject
    assert korean.text != english.text


def test_pages_show_what_strangers_wrote_as_text() -> None:
    data = RUN | {"strategy_name": "<script>alert(1)</script>"}
    event = PublicEvent(id=new_id(), type="backtest.queued", timestamp=utc_now(), data=data)

    message = write_message(event, "en", URL)

    assert "<script>" in message.subject
    assert "<script>" not in message.html
    assert "&lt;script&gt;" in message.html


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
