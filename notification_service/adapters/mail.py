"""Mail: through SendGrid when there is a key, into a folder otherwise."""

import asyncio
import os
from email.message import EmailMessage
from pathlib import Path

from notification_service.adapters.port import Parcel
from shared.clock import utc_now
from shared.logging import get_logger

log = get_logger(__name__)


class MailFolder:
    """Writes each mail as an ``.eml`` file, which any mail program opens."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, parcel: Parcel) -> None:
        """Write the mail; the same delivery writes the same file again."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, parcel.target
        mail["Subject"], mail["Date"] = parcel.message.subject, utc_now()
        mail["Message-ID"] = f"<{parcel.delivery_id}@naru>"
        mail.set_content(parcel.message.text)
        mail.add_alternative(parcel.message.html, subtype="html")
        path = self._folder / f"{parcel.delivery_id}.eml"
        await asyncio.to_thread(_write, path, bytes(mail))
        log.info("mail.written", path=str(path))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
