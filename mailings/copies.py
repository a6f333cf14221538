"""A circular as finished messages, one for each member: what is shared is written once, what is hers is filled in."""

import re
from email.policy import compat32

from django.conf import settings
from django.core.mail.message import RFC5322_EMAIL_LINE_LENGTH_LIMIT, forbid_multi_line_headers

from mailings import circulars, rendering
from mailings.carriers import Carrier
from mailings.circulars import PREFIX
from mailings.models import Letter
from mailings.prose import in_short_lines
from mailings.rendering import Finished

# Noncharacters, so that no text means them; a text that has them all the same goes alone.
OPEN, CLOSE, TEXT, PAGE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
PLACE = re.compile(f"{OPEN}{PREFIX}([a-z_]+){CLOSE}")
# Where no provider merges, we do: whatever the values are.
OURSELVES = Carrier(
    "ourselves",
    batch=1000,
    mark=f"{OPEN}{{}}{CLOSE}",
    syntax=f"[{OPEN}{CLOSE}{TEXT}{PAGE}]",
    verbatim=True,
    own_headers=True,
    own_message_id=True,
)
# Fewer are as soon written one by one: for each circular three are, to compare.
WORTH_IT = 5


class Bytes:
    """A finished message, as mail backends ask for it."""

    def __init__(self, raw):
        self.raw = raw

    def as_bytes(self, unixfrom=False, linesep="\n"):
        """The bytes; sent lines end in "\\r\\n"."""
        return self.raw if linesep == "\n" else self.raw.replace(b"\n", linesep.encode())


def made(kind, heap, *, now) -> dict[Letter, Finished] | None:
    """The finished messages of letters that share a text; None where each has to be written by itself."""
    circular = circulars.compose(kind, heap, OURSELVES) if len(heap) >= WORTH_IT else None
    return fill_in(circular, now) if circular else None


def fill_in(circular, now) -> dict[Letter, Finished] | None:
    """The finished message of each member; None where mail would have to encode one otherwise than the rest.

    A message has the fields that it would have by itself, and bytes that say the same.
    """
    head, before, between, after = outline(circular, now)
    subject, text, page = (PLACE.split(getattr(circular.parts, part)) for part in ("subject", "text", "page"))
    made = {}
    for member in circular.members:
        values = {name.removeprefix(PREFIX): value for name, value in circular.merge_fields(member).items()}
        message = Finished(
            subject=filled(subject, values),
            body=filled(text, values),
            to=[rendering.addressed(member.draft)],
            reply_to=[settings.CONTACT_EMAIL],
            headers={"Message-ID": member.message_id, **rendering.their_headers(circular.kind, member.draft)},
        )
        html = in_short_lines(filled(page, values))
        message.attach_alternative(html, "text/html")
        own = {"Subject": message.subject, "To": message.to[0], **message.extra_headers}
        own_head = b"".join(field(name, value) for name, value in own.items())
        raw = b"".join([head, own_head, before, message.body.encode(), between, html.encode(), after])
        if any(len(line) > RFC5322_EMAIL_LINE_LENGTH_LIMIT for line in raw.split(b"\n")):
            return None
        message.built = Bytes(raw)
        made[member.letter] = message
    return made


def outline(circular, now) -> tuple[bytes, bytes, bytes, bytes]:
    """What all have alike, as Django makes it: the head without what is anybody's own; what is before, between and
    after the two parts, which are not ASCII in it and so marked as 8bit."""
    some = circular.members[0]
    message = Finished(
        subject="",
        body=TEXT,
        to=[some.address],
        reply_to=[settings.CONTACT_EMAIL],
        headers=rendering.own_headers(some.letter, circular.language, now),
    )
    message.attach_alternative(PAGE, "text/html")
    head, _, body = message.message().as_bytes().partition(b"\n\n")
    fields = re.split(rb"\n(?![ \t])", head)
    shared = [one for one in fields if not one.lower().startswith((b"subject:", b"to:", b"message-id:"))]
    before, rest = body.split(TEXT.encode())
    between, after = rest.split(PAGE.encode())
    return b"\n".join(shared) + b"\n", b"\n" + before, between, after


def filled(pieces, values) -> str:
    """A part with a member's values in their places; every second piece is the name of one."""
    return "".join(values[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def field(name, value) -> bytes:
    """One field of the head, encoded and folded as Django's own messages are."""
    name, value = forbid_multi_line_headers(name, value, settings.DEFAULT_CHARSET)
    return compat32.fold_binary(name, value)
