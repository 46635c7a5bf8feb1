"""Events, codes and account mails in words, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from auth_service.contract.mails import MailKind
from notification_service.contract.channels import Locale
from notification_service.contract.event_types import PublicEvent

DEFAULT_LOCALE: Locale = "en"
_PACKAGE = "notification_service.domain"


@dataclass(frozen=True, slots=True)
class Message:
    """Something in words.

    subject   one line
    text      plain text, several lines
    html      the same as a page, for mail
    """

    subject: str
    text: str
    html: str


def _change(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction:+.2%}"


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction:.2%}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _text_environment() -> Environment:
    # Plain text: there is no markup to escape from.
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"change": _change, "percent": _percent, "figure": _figure}
    return environment


_TEXTS = _text_environment()
_PAGES = Environment(
    loader=PackageLoader(_PACKAGE), undefined=StrictUndefined, autoescape=True, trim_blocks=True
)


def known_locale(text: str | None) -> Locale:
    """Return the language to write in for a user's locale such as ``ko-KR``."""
    language = (text or "").lower().partition("-")[0].partition("_")[0]
    return "ko" if language == "ko" else DEFAULT_LOCALE


def write_message(event: PublicEvent, locale: Locale, public_url: str) -> Message:
    """Put an event into words."""
    facts = {"data": event.data, "url": public_url.rstrip("/")}
    return _write(locale, f"events/{event.type}", facts)


def write_account_mail(kind: MailKind, locale: Locale, facts: Mapping[str, Any]) -> Message:
    """Write a mail about an account; ``facts``: ``name``; ``link``, ``expires_at`` and
    ``about`` or None; ``url`` is the installation's address.
    """
    return _write(locale, f"mails/{kind}", facts)


def write_code(code: str, locale: Locale) -> Message:
    """Write what confirms a new channel."""
    return _write(locale, "confirmation", {"code": code})


def _write(locale: Locale, name: str, facts: Mapping[str, Any]) -> Message:
    """Fill a template: its first line is the subject, the rest the text."""
    filled = _TEXTS.get_template(f"{locale}/{name}.txt").render(facts)
    first, _, rest = filled.partition("\n")
    subject, text = " ".join(first.split()), rest.strip() + "\n"
    paragraphs = [part.strip("\n") for part in text.split("\n\n") if part.strip()]
    page = _PAGES.get_template("mail.html").render(
        locale=locale, subject=subject, paragraphs=paragraphs
    )
    return Message(subject=subject, text=text, html=page)
