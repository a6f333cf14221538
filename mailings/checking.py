"""The last look at finished letters: the bytes themselves are read back before any of a batch is sent (trust.md 3).

Whatever went wrong before (an index off by one, a list shared between two letters, a swapped answer), a
letter that is not its recipient's is stopped here.
"""

import re
from collections import defaultdict
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser

from django.conf import settings
from django.utils.html import escape

from mailings import letters
from mailings.suppression import normalise

END_OF_TOKEN = r"[^\s/?#\"'<>&)\]]+"  # noqa: S105
# What would make a mail program fetch or run something: trackers, and doors for other people's scripts.
ACTIVE_TAGS = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "video", "audio"}
LOADING_ATTRIBUTES = {"src", "srcset", "background", "poster", "data"}
LOADING_STYLE = re.compile(r"url\(|@import", re.IGNORECASE)
LINK_SCHEMES = ("https://", "http://", "mailto:", "tel:", "#")


# A To header of one person, whose name is of plain words or encoded: it has no room for a second address.
TO = re.compile(
    rb"""^To:\ (?:
            (?: [\w .'-]+ | "[\w .,'-]+" | (?: \s?=\?utf-8\?[bq]\?[\w=/+.-]*\?= )+ ) \s<
        )? ([^\s<>@,;:"]+@[\w.-]+) >?$""",
    re.MULTILINE | re.VERBOSE,
)
SUBJECT = re.compile(rb"^Subject: .*$", re.MULTILINE)
MESSAGE_ID = re.compile(rb"^Message-ID: <[\w-]+@[\w.-]+>$", re.MULTILINE)
# What may be taken out of a letter before it is compared with another.
WORDS, URL = re.compile(r"[\w .,'-]+"), re.compile(r"(?:https?://[\w./:%-]+)?")
BLANK = b"\x00"
IN_A_TAG = re.compile(rb"<[^<>]*\x00(?!link)")

# Only these two headers are taken apart: parsing them all would cost more than making the letter.
parsed_header = default.header_fetch_parse


class Fault(Exception):
    """Something is wrong with one letter; the text says what, without personal data."""


def check(finished, *, now) -> dict:
    """Read every letter of a batch back and return {key: what is wrong}; empty when all are right.

    finished is {key: (draft, message)}. The owners of the private links are asked once for the whole batch.
    """
    faults, links, alike = {}, {}, {}
    for key, (draft, message) in finished.items():
        try:
            links[key] = read_once(draft, message, alike)
        except Fault as fault:
            faults[key] = str(fault)
        # Bytes that the parser itself stumbles over are read differently by every mail program.
        except Exception as error:
            faults[key] = f"it could not be read back: {type(error).__name__}"
    owners = owners_of(links.values(), now)
    for key, found in links.items():
        recipient = normalise(finished[key][0].to)
        for prefix, token in sorted(found):
            owner = owners[prefix].get(token)
            if owner is None:
                faults[key] = f"a link {prefix}… in it belongs to nobody"
            elif normalise(owner) != recipient:
                faults[key] = f"a link {prefix}… in it belongs to somebody else"
    return faults


def read_once(draft, message, alike) -> set[tuple[str, str]]:
    """As read_back, but not taken apart again where it is, but for what is hers, a letter that was.

    alike is {what a letter is without what is its recipient's own: the links it has besides hers}, and grows.
    """
    raw = message.message().as_bytes()
    rest = without_hers(raw, draft)
    if rest in alike:
        found = alike[rest] | private_links(draft.link)
    else:
        found = read_back(raw, draft, message)
        if rest is not None:
            alike[rest] = found - private_links(draft.link)
    check_envelope(draft, message)
    return found


def check_envelope(draft, message):
    """What the mail server is told: one recipient, hers, whatever the header says."""
    told = message.recipients()
    if len(told) != 1:
        raise Fault("it has not exactly one recipient")
    if normalise(parseaddr(told[0])[1]) != normalise(draft.to):
        raise Fault("its recipient is not the draft's")


def without_hers(raw, draft) -> bytes | None:
    """A letter's bytes without its recipient, Message-ID, link and name; None where that could hide something.

    Only values that no HTML and no header can read as more than words are taken out, and none of them inside a tag.
    """
    head, end, body = raw.partition(b"\n\n")
    to, number = TO.findall(head), MESSAGE_ID.findall(head)
    words = [value for value in (draft.name, *draft.own.values()) if value and value != draft.link]
    if len(to) != 1 or len(number) != 1 or not all(map(WORDS.fullmatch, words)) or BLANK in raw:
        return None
    if not URL.fullmatch(draft.link) or normalise(to[0].decode()) != normalise(draft.to):
        return None
    if draft.link:
        body = body.replace(draft.link.encode(), BLANK + b"link")
    head, subject = MESSAGE_ID.sub(b"Message-ID:", TO.sub(b"To:", head)), SUBJECT.search(head)
    title = subject[0] if subject else b""
    for value in sorted(words, key=len, reverse=True):
        body = body.replace(escape(value).encode(), BLANK).replace(value.encode(), BLANK)
        title = title.replace(value.encode(), BLANK)
    return None if IN_A_TAG.search(body) else SUBJECT.sub(b"", head) + title + end + body


def read_back(raw, draft, message) -> set[tuple[str, str]]:
    """The private links of a finished letter, as (prefix, token). Fault where its form is wrong."""
    parsed = message_from_bytes(raw)
    check_header(parsed, draft, message)
    if [part.get_content_type() for part in parsed.walk()] != ["multipart/alternative", "text/plain", "text/html"]:
        raise Fault("it is not one text part and one HTML part")
    text, page = (part.get_payload(decode=True).decode() for part in parsed.get_payload())
    on_page = Page(page).links()
    if draft.link:
        if not private_links(draft.link):
            raise Fault("nobody is registered as the owner of its private link")
        if draft.link not in [line.strip() for line in text.splitlines()]:
            raise Fault("its private link does not stand alone on a line of the text")
        if not private_links(draft.link) <= on_page:
            raise Fault("its private link is missing in the HTML")
    return on_page | private_links(text) | private_links(str(parsed["List-Unsubscribe"] or ""))


def check_header(parsed, draft, message):
    """One recipient, hers; one subject, as rendered; nothing hidden."""
    for name in ("Cc", "Bcc", "Resent-To"):
        if parsed[name] is not None:
            raise Fault(f"it has a header {name}")
    to = [parsed_header("To", value) for value in parsed.get_all("To", [])]
    if len(to) != 1 or len(to[0].addresses) != 1:
        raise Fault("it has not exactly one recipient")
    if normalise(to[0].addresses[0].addr_spec) != normalise(draft.to):
        raise Fault("its recipient is not the draft's")
    # A long subject begins on its second line, which the parser gives back as a blank in front.
    subjects = [str(parsed_header("Subject", value)).strip() for value in parsed.get_all("Subject", [])]
    if subjects != [message.subject] or re.search(r"[\r\n]", message.subject):
        raise Fault("its subject is not what was written")


class Page(HTMLParser):
    """The HTML part as a mail program sees it: what it shows and where it leads. Fault if it does more."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.shown = []
        self.feed(page)
        self.close()

    def links(self):
        return private_links("\n".join(self.shown))

    def handle_starttag(self, tag, attrs):
        if tag in ACTIVE_TAGS:
            raise Fault(f"its HTML has a <{tag}>")
        for name, value in attrs:
            if name in LOADING_ATTRIBUTES or name.startswith("on"):
                raise Fault(f"its HTML has the attribute {name}")
            if name == "style" and LOADING_STYLE.search(value or ""):
                raise Fault("a style in its HTML would load something")
            if name == "href":
                if not (value or "").lower().startswith(LINK_SCHEMES):
                    raise Fault("a link in its HTML leads nowhere")
                self.shown.append(value)

    def handle_data(self, data):
        if self.lasttag == "style" and LOADING_STYLE.search(data):
            raise Fault("a style in its HTML would load something")
        self.shown.append(data)

    def handle_comment(self, data):
        # Outlook shows what stands in its conditional comments, the button above all.
        self.shown += re.findall(r'href="([^"]*)"', unescape(data))


def private_links(text) -> set[tuple[str, str]]:
    """Every private link in a text, as (prefix, token); a sentence's closing mark is not part of the token."""
    if settings.BASE_URL not in text:
        return set()
    found = link_pattern(settings.BASE_URL, tuple(letters.link_prefixes())).findall(text)
    return {(prefix, token.rstrip(".,;:!")) for prefix, token in found}


@lru_cache(maxsize=8)
def link_pattern(base, prefixes) -> re.Pattern:
    """The private links under these prefixes; a longer prefix is never taken for a shorter one."""
    known = "|".join(map(re.escape, sorted(prefixes, key=len, reverse=True))) or "(?!)"
    return re.compile(f"{re.escape(base)}({known})({END_OF_TOKEN})")


def owners_of(links, now) -> dict[str, dict[str, str]]:
    """Whose the links are, as {prefix: {token: address}}, asked from the apps that made them."""
    wanted = defaultdict(set)
    for found in links:
        for prefix, token in found:
            wanted[prefix].add(token)
    ask = letters.link_prefixes()
    return {prefix: ask[prefix](sorted(tokens), now) for prefix, tokens in wanted.items()}
