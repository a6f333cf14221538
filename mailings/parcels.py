"""A circular as one finished request to its provider: packed by Anymail, read back, and compared pair by pair."""

import hashlib
from copy import deepcopy
from dataclasses import dataclass

from anymail.message import AnymailMessage
from django.conf import settings
from requests import PreparedRequest, Request

from mailings import bodies, rendering
from mailings.checking import Fault, Page, owners_of, private_links
from mailings.circulars import Circular
from mailings.models import Letter
from mailings.suppression import normalise

REFERENCE = "letter"  # the key under which a provider hands our letter's number back in its events


@dataclass(frozen=True)
class Parcel:
    """The bytes that will be sent, and what Anymail needs to understand the answer."""

    circular: Circular
    message: AnymailMessage
    payload: object
    request: PreparedRequest


def pack(circular, connection) -> Parcel:
    """The finished request; Anymail's errors where the provider can't express the message."""
    message = message_of(circular)
    payload = connection.build_message_payload(message, connection.send_defaults)
    params = payload.get_request_params(connection.api_url)
    return Parcel(circular, message, payload, connection.session.prepare_request(Request(**params)))


def message_of(circular) -> AnymailMessage:
    """The circular in Anymail's words: what is shared, and by address what is not."""
    kind, carrier, members = circular.kind, circular.carrier, circular.members
    message = AnymailMessage(
        subject=circular.parts.subject,
        body=circular.parts.text,
        to=[member.address for member in members],
        reply_to=[settings.CONTACT_EMAIL],
        headers=shared_headers(circular),
    )
    message.attach_alternative(circular.parts.page, "text/html")
    message.merge_data = {member.address: circular.merge_fields(member) for member in members}
    message.merge_metadata = {member.address: reference(member.letter) for member in members}
    headers = {member.address: headers_of(member, kind, carrier) for member in members}
    if any(headers.values()):
        message.merge_headers = headers
    if carrier.extra:
        message.esp_extra = deepcopy(carrier.extra)  # Anymail takes out of it what it has read
    return message


def shared_headers(circular) -> dict[str, str]:
    """The headers all get. A batch that is sent again as a whole has its old number, so that it may be known."""
    headers = rendering.shared_headers(circular.language)
    if name := circular.carrier.batch_header:
        said = ",".join(sorted(member.message_id for member in circular.members))
        headers[name] = hashlib.sha256(said.encode()).hexdigest()[:32]
    return headers


def reference(letter) -> dict[str, str]:
    """How a provider's events name a letter."""
    return {REFERENCE: str(letter.pk)}


def headers_of(member, kind, carrier) -> dict[str, str]:
    """The headers that are a member's alone."""
    own = rendering.their_headers(kind, member.draft)
    return {"Message-ID": member.message_id, **own} if carrier.own_message_id else own


def check(parcel, *, now) -> dict[Letter, str]:
    """Read a parcel's bytes back and return {letter: what is wrong}; empty when all are right.

    Recipient, link, metadata and headers are compared pair by pair, and the owners of the links are asked.
    """
    circular = parcel.circular
    expected = {member.address: member for member in circular.members}
    try:
        contents = bodies.read(circular.carrier.reader, parcel.request.body)
        check_shared(contents, circular)
        if [pair.to for pair in contents.pairs] != list(expected):
            raise Fault("its recipients are not the drafts'")
    except (bodies.Unreadable, Fault) as fault:
        return {member.letter: str(fault) for member in circular.members}
    faults, links = {}, {}
    for pair in contents.pairs:
        member = expected[pair.to]
        try:
            links[member.letter] = check_pair(pair, member, circular)
        except Fault as fault:
            faults[member.letter] = str(fault)
    owners = owners_of(links.values(), now)
    for member in circular.members:
        recipient = normalise(member.draft.to)
        for prefix, token in sorted(links.get(member.letter, ())):
            owner = owners[prefix].get(token)
            if owner is None:
                faults[member.letter] = f"a link {prefix}… in it belongs to nobody"
            elif normalise(owner) != recipient:
                faults[member.letter] = f"a link {prefix}… in it belongs to somebody else"
    return faults


def check_shared(contents, circular):
    """What all get: the text as it was written, with no private link in it."""
    parts = circular.parts
    if (contents.subject, contents.text, contents.page) != (parts.subject, parts.text, parts.page):
        raise Fault("its text is not what was written")
    if any(map(private_links, (contents.subject, contents.text, contents.page, *contents.headers.values()))):
        raise Fault("a private link stands in what all of them get")
    allowed = {name.lower(): value for name, value in shared_headers(circular).items()}
    for name, value in contents.headers.items():
        if name.lower() != "reply-to" and allowed.get(name.lower()) != value:
            raise Fault(f"it has a header {name}")
    # The page as a mail program sees it, with one member's values in their places.
    some, page = circular.members[0], contents.page
    for name, value in circular.merge_fields(some).items():
        page = page.replace(circular.carrier.marked(name), value)
    links = Page(page).links()
    if some.draft.link:
        if circular.carrier.marked("our_link") not in [line.strip() for line in contents.text.splitlines()]:
            raise Fault("its private link does not stand alone on a line of the text")
        if not private_links(some.draft.link) <= links:
            raise Fault("its private link is missing in the HTML")


def check_pair(pair, member, circular) -> set[tuple[str, str]]:
    """What one of them gets: her private links. Fault where anything is not hers."""
    draft = member.draft
    if normalise(pair.to) != normalise(draft.to):
        raise Fault("its recipient is not the draft's")
    if pair.fields != circular.merge_fields(member):
        raise Fault("what is filled in is somebody else’s")
    if pair.metadata != reference(member.letter):
        raise Fault("its metadata are somebody else’s")
    wanted = headers_of(member, circular.kind, circular.carrier)
    # The provider's own capitals are nobody's fault.
    if {name.lower(): value for name, value in pair.headers.items()} != {
        name.lower(): value for name, value in wanted.items()
    }:
        raise Fault("its headers are somebody else’s")
    if draft.link and not private_links(draft.link):
        raise Fault("nobody is registered as the owner of its private link")
    if pair.fields.get("our_link", "") != draft.link:
        raise Fault("its private link is somebody else’s")
    return private_links("\n".join([*pair.fields.values(), *pair.headers.values()]))
