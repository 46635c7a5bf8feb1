"""Events in words, in the owner's language."""

from dataclasses import dataclass
from typing import get_args

from jinja2 import Environment, PackageLoader, StrictUndefined

from notification_service.contract.channels import Locale
from notification_service.contract.event_types import EventType, PublicEvent

DEFAULT_LOCALE: Locale = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """An event in words.

    subject   one line
    text      plain text, several lines
    """

    subject: str
    text: str


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction:+.2%}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _environment() -> Environment:
    # Plain text: there is no markup to escape from.
    environment = Environment(
        loader=PackageLoader("notification_service.domain"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "figure": _figure}
    return environment


_TEMPLATES = _environment()


def known_locale(text: str | None) -> Locale:
    """Return the language to write in for a user's locale such as ``ko-KR``."""
    language = (text or "").lower().partition("-")[0].partition("_")[0]
    return "ko" if language == "ko" else DEFAULT_LOCALE


def write_message(event: PublicEvent, locale: Locale, public_url: str) -> Message:
    """Put an event into words: the template's first line is the subject."""
    template = _TEMPLATES.get_template(f"{locale}/{event.type}.txt")
    text = template.render(data=event.data, url=public_url.rstrip("/"))
    subject, _, body = text.partition("\n")
    return Message(subject=subject.strip(), text=body.strip() + "\n")


def template_names() -> list[str]:
    """Return every template that has to exist."""
    return [f"{locale}/{kind}.txt" for locale in get_args(Locale) for kind in get_args(EventType)]
