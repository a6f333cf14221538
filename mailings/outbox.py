"""The embedded default's mail server: every message becomes a file that the mailbox pages show."""

import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.parser import BytesHeaderParser
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

KEY = re.compile(r"^[0-9]{16}-[0-9a-f]{8}$")


class OutboxBackend(BaseEmailBackend):
    """Writes each message into OUTBOX_DIR as an .eml file; it is there whole or not at all."""

    def send_messages(self, email_messages):
        folder = Path(settings.OUTBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            # Microseconds in front, so that names sort by time; the letter's own Date tells when.
            key = f"{time.time_ns() // 1000:016d}-{secrets.token_hex(4)}"
            draft = folder / f".{key}"
            draft.write_bytes(message.message().as_bytes())
            os.replace(draft, folder / f"{key}.eml")
        return len(email_messages)


@dataclass(frozen=True)
class Envelope:
    """What the list shows of a letter."""

    key: str
    to: str
    subject: str
    at: datetime


def keys() -> list[str]:
    """The letters there are, newest first."""
    try:
        found = [name.removesuffix(".eml") for name in os.listdir(settings.OUTBOX_DIR) if name.endswith(".eml")]
    except FileNotFoundError:
        return []
    return sorted(filter(KEY.match, found), reverse=True)


def envelope(key) -> Envelope | None:
    """The outside of a letter; None when it is gone."""
    if not (raw := read(key)):
        return None
    parsed = BytesHeaderParser(policy=policy.default).parsebytes(raw)
    at = parsed["Date"].datetime if parsed["Date"] else None
    at = at or datetime.fromtimestamp(int(key[:16]) / 1_000_000, tz=UTC)
    return Envelope(key, str(parsed["To"] or ""), str(parsed["Subject"] or ""), at)


def parts(key) -> tuple[str, str]:
    """A letter's text and HTML, either "" when it has none."""
    parsed = message_from_bytes(read(key) or b"", policy=policy.default)
    found = {"plain": "", "html": ""}
    for kind in found:
        part = parsed.get_body((kind,))
        found[kind] = part.get_content() if part else ""
    return found["plain"], found["html"]


def read(key) -> bytes | None:
    """A letter's file; None for one that is not there, or a key that is none."""
    if not KEY.match(key):
        return None
    try:
        return (Path(settings.OUTBOX_DIR) / f"{key}.eml").read_bytes()
    except FileNotFoundError:
        return None
