"""From a draft to a finished message: subject, text and HTML in its reader's language, and the headers."""

import re
from dataclasses import dataclass
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlparse

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template import Context, engines
from django.utils import translation
from django.utils.encoding import punycode

from journal.context import federation
from keys import files
from keys.links import encode, mac
from mailings.checking import Fault
from mailings.letters import NEWS
from mailings.prose import in_one_line, in_short_lines, wrap

# What an app may say in the header; all else is the post room's, recipients above all.
THEIR_HEADERS = {"list-id", "list-unsubscribe", "list-unsubscribe-post"}
PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]+\.){1,4}[A-Za-z]{2,6}")


class Finished(EmailMultiAlternatives):
    """A message built once: the bytes that were checked are the bytes that are sent."""

    built: Any = None
    metadata: dict  # what a provider hands back in its events, and what it must be told besides
    esp_extra: dict

    def message(self):
        if self.built is None:
            self.built = super().message()
        return self.built


@dataclass(frozen=True)
class Parts:
    """What a letter says: one line of subject, plain text, HTML."""

    subject: str
    text: str
    page: str


def render(kind, letter, draft, *, now) -> Finished:
    """The finished message for one letter. Fault, or whatever a template raises, where it can't be made."""
    said = write(kind, draft)
    message = Finished(
        subject=said.subject,
        body=said.text,
        to=[addressed(draft)],
        reply_to=[settings.CONTACT_EMAIL],
        headers={**own_headers(letter, language_of(draft), now), **their_headers(kind, draft)},
    )
    message.attach_alternative(in_short_lines(said.page), "text/html")
    return message


def write(kind, draft) -> Parts:
    """What a letter says, in its reader's language."""
    language = language_of(draft)
    context = {
        **federation(None),
        "language": language,
        "name": in_one_line(draft.name),
        "link": draft.link,
        **draft.context,
    }
    with translation.override(language):
        subject = in_one_line(fill_in(kind.template("subject.txt"), context, escape=False))
        if subject and draft.mark:
            subject = f"[{draft.mark}] {subject}"
        text = wrap(fill_in(kind.template("txt"), context, escape=False))
        page = fill_in(kind.template("html"), context, escape=True)
    if not subject:
        raise Fault("the subject is empty")
    return Parts(subject, text, page)


def language_of(draft) -> str:
    """The language a letter is written in: its reader's, where we speak it."""
    return draft.language if any(draft.language == code for code, _ in settings.LANGUAGES) else settings.LANGUAGE_CODE


def fill_in(template, context, *, escape) -> str:
    """A template's text; escape where it is HTML. Nothing of a request is in it."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    return engine.get_template(template).render(Context(context, autoescape=escape))


def addressed(draft) -> str:
    """The recipient as a To header takes it: one address, the name cleaned of what has no place there."""
    return formataddr((in_one_line(draft.name), address_of(draft)))


def address_of(draft) -> str:
    """The one address, its host in ASCII. Fault where there is none."""
    if PLAIN_ADDRESS.fullmatch(draft.to):
        return draft.to  # nearly all are: valid, and nothing below would change them
    try:
        validate_email(draft.to)
    except ValidationError:
        raise Fault("there is no address that can be written to") from None
    box, _at, host = draft.to.rpartition("@")
    return f"{box}@{punycode(host)}"


def own_headers(letter, language, now) -> dict:
    """The headers every letter carries."""
    return {"Date": format_datetime(now), "Message-ID": message_id(letter), **shared_headers(language)}


def shared_headers(language) -> dict:
    """Those that are the same for all letters in one language."""
    return {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": language,
    }


def their_headers(kind, draft) -> dict:
    """The app's own headers. News must say how to leave it, by one click too (RFC 8058); service letters must not."""
    given = {name.lower() for name in draft.headers}
    if given - THEIR_HEADERS:
        raise Fault(f"the header {sorted(given - THEIR_HEADERS)[0]} is not the letter's to set")
    if kind.kind != NEWS:
        if given:
            raise Fault("a service letter carries no list headers")
        return {}
    if "list-unsubscribe" not in given:
        raise Fault("news without List-Unsubscribe")
    return {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", **draft.headers}


def message_id(letter) -> str:
    """The same for the same letter however often it is sent, and it tells nothing about it."""
    key = files.make(files.LINK, "standing")
    seal = mac(key, "message-id", letter.name, letter.subject, letter.seat, letter.wave)
    return f"<{encode(seal[:20])}@{urlparse(settings.BASE_URL).hostname}>"
