"""Mails that the auth service wants sent: who asks, and where the links come from."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from shared.ids import UserId

MailKind = Literal[
    "verify_email",
    "reset_password",
    "address_taken",
    "password_changed",
    "email_changed",
    "second_factor_changed",
    "workspace_invitation",
    "export_ready",
    "plan_past_due",
]


class MailLink(BaseModel):
    """A link to put into a mail: asked for when the mail is written, stored nowhere.

    to          where the mail goes: the address to be confirmed, or the one that was replaced
    url         works once, until ``expires_at``; null where there is nothing to follow
    expires_at  of the link, or of what the mail is about
    about       what the mail is about, in its owner's words; null where the kind says it all
    """

    user_id: UserId | None
    to: str
    url: str | None
    expires_at: AwareDatetime
    about: str | None
