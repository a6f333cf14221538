"""One text to many: drafts that differ only in what is hers are written once, with the provider's placeholders."""

import re
import secrets
from collections import defaultdict
from dataclasses import dataclass, replace

from django.utils.html import escape

from mailings import rendering
from mailings.carriers import Carrier
from mailings.checking import Fault
from mailings.letters import Draft, Kind
from mailings.models import Letter
from mailings.prose import in_one_line
from mailings.rendering import Parts

# Longer values could change how a text wraps, and no name is that long.
LONGEST = 200
FIELD = re.compile(r"[a-z][a-z_]{0,30}")
PREFIX, IN_PAGE = "our_", "_html"
# Not to be guessed: nobody can write something in a statement that is then taken for a field of hers.
NONCE = f"q{secrets.token_hex(8)}q"


@dataclass(frozen=True)
class Member:
    """One recipient of a circular: her address as the provider gets it, and what is hers alone."""

    letter: Letter
    draft: Draft
    address: str
    fields: dict[str, str]
    message_id: str


@dataclass(frozen=True)
class Circular:
    """A text with the provider's placeholders in it, and everybody it goes to."""

    kind: Kind
    carrier: Carrier
    language: str
    parts: Parts
    members: list[Member]
    in_page: frozenset[str]  # the fields that stand escaped in the HTML, under a name of their own

    def merge_fields(self, member) -> dict[str, str]:
        """What the provider fills in for one member, by the names its placeholders have."""
        fields = {PREFIX + name: value for name, value in member.fields.items()}
        for name in self.in_page:
            fields[PREFIX + name + IN_PAGE] = escape(member.fields[name])
        return fields


def gather(kind, drafts, carrier) -> tuple[list[list[Member]], dict[Letter, Draft]]:
    """Those drafts that may share a call, in heaps of at most the provider's batch; and those that go one by one.

    No address stands twice in a heap: providers keep what is hers by address.
    """
    if not carrier.merges or not kind.circular:
        return [], drafts
    heaps, alone = defaultdict(list), {}
    for letter, draft in drafts.items():
        member = member_of(letter, draft, kind, carrier)
        if member is None:
            alone[letter] = draft
            continue
        shape = tuple((name, value.startswith("http")) for name, value in member.fields.items())
        layers = heaps[draft.circular, rendering.language_of(draft), shape, frozenset(draft.headers)]
        key = member.address.lower()
        layer = next((one for one in layers if key not in one and len(one) < carrier.batch), None)
        if layer is None:
            layers.append(layer := {})
        layer[key] = member
    found = [list(layer.values()) for layers in heaps.values() for layer in layers]
    for heap in found:
        if len(heap) == 1:
            alone[heap[0].letter] = heap[0].draft
    return [heap for heap in found if len(heap) > 1], alone


def member_of(letter, draft, kind, carrier) -> Member | None:
    """A draft as a member of some circular; None where it must go alone."""
    if draft.circular is None or (draft.headers and not carrier.own_headers):
        return None
    fields = {"name": in_one_line(draft.name), "link": draft.link}
    fields |= {name: value for name, value in draft.own.items() if value != draft.link}
    fields = {name: value for name, value in fields.items() if value != ""}
    if not all(FIELD.fullmatch(name) and fits(value, carrier) for name, value in fields.items()):
        return None
    try:
        rendering.their_headers(kind, draft)
        box, _at, host = rendering.address_of(draft).rpartition("@")
    except Fault:
        return None  # by itself it is set aside, and says why
    address = f"{box}@{host.lower()}"
    if not address.isascii() or carrier.reads(address):
        return None
    return Member(letter, draft, address, fields, rendering.message_id(letter))


def fits(value, carrier) -> bool:
    """Whether the provider fills in this value as it stands, in the text and in the HTML."""
    if not isinstance(value, str) or len(value) > LONGEST or value != in_one_line(value) or carrier.reads(value):
        return False
    return carrier.verbatim or escape(value) == value


def compose(kind, heap, carrier) -> Circular | None:
    """The circular for a heap; None where its text can't be shared after all, and each goes by itself.

    Some of the letters are also written by themselves: word for word they must be what the provider will make.
    """
    first = heap[0].draft
    marks = {name: mark_of(name, value) for name, value in heap[0].fields.items()}
    own = {name: marks.get(name if value != first.link else "link", "") for name, value in first.own.items()}
    blank = replace(first, name=marks.get("name", ""), link=marks.get("link", ""), context={**first.context, **own})
    written = rendering.write(kind, blank)
    if any(carrier.reads(part) for part in (written.subject, written.text, written.page)):
        return None
    longest = max(heap, key=lambda member: len(member.fields.get("name", "")))
    for member in {id(one): one for one in (heap[0], heap[-1], longest)}.values():
        if filled(written, marks, member.fields) != rendering.write(kind, member.draft):
            return None
    said = {name: "".join(one.fields[name] for one in heap) for name in marks}
    in_page = frozenset(name for name, values in said.items() if escape(values) != values)
    plain = {mark: carrier.marked(PREFIX + name) for name, mark in marks.items()}
    page = {mark: carrier.marked(PREFIX + name + IN_PAGE * (name in in_page)) for name, mark in marks.items()}
    parts = Parts(with_marks(written.subject, plain), with_marks(written.text, plain), with_marks(written.page, page))
    return Circular(kind, carrier, rendering.language_of(first), parts, heap, in_page)


def mark_of(name, value) -> str:
    """What stands for a field while the text is written: a link's looks like one, so that it is left whole."""
    return f"{'https://' if value.startswith('http') else ''}{NONCE}{name}{NONCE}"


def filled(parts, marks, fields) -> Parts:
    """The parts with one member's values for the marks."""
    plain = {mark: fields[name] for name, mark in marks.items()}
    page = {mark: str(escape(fields[name])) for name, mark in marks.items()}
    return Parts(with_marks(parts.subject, plain), with_marks(parts.text, plain), with_marks(parts.page, page))


def with_marks(text, values) -> str:
    """The text with a value for each mark; what stands in the values is not looked at again."""
    if not values:
        return text
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], text)
