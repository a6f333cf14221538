"""What stands in a request to a mail provider: each one's format, read back from the finished bytes. Pure.

Written against the providers' own formats and not against what made the bytes, so that a fault there shows here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import parse_qs

BARE = re.compile(r"[\w.+'-]+@[\w.-]+")


class Unreadable(Exception):
    """The bytes are not what this provider takes; the text says what is missing, without personal data."""


@dataclass(frozen=True)
class Pair:
    """One recipient and what is hers alone."""

    to: str
    fields: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contents:
    """A request's shared text, with the provider's placeholders in it, and its recipients in order."""

    subject: str
    text: str
    page: str
    pairs: list[Pair]
    headers: dict[str, str] = field(default_factory=dict)


Reader = Callable[[bytes], Contents]


def mailgun(body) -> Contents:
    """A form: "to" many times, and recipient-variables by address; "v:" and "h:" keys are metadata and headers."""
    form = parse_qs(text_of(body), keep_blank_values=True, strict_parsing=True)
    if form.keys() & {"cc", "bcc"}:
        raise Unreadable("it has a second kind of recipient")
    # Nearly all are bare addresses, which need no taking apart.
    to = [one if BARE.fullmatch(one) else parseaddr(one)[1] for one in form.get("to", [])]
    variables = json.loads(once(form, "recipient-variables"))
    if variables.keys() != set(to):
        raise Unreadable("its variables are not those of its recipients")
    pairs = []
    for address in to:
        hers = {"": {}, "v:": {}, "h:": {}}
        for key, value in variables[address].items():
            sort = key[:2] if key[:2] in hers else ""
            hers[sort][key.removeprefix(sort)] = value
        pairs.append(Pair(address, hers[""], hers["v:"], hers["h:"]))
    for sort, said in (("v:", "metadata"), ("h:", "headers")):
        used = {key for pair in pairs for key in getattr(pair, said)}
        # Each goes by way of a variable of the same name; otherwise all would get one value.
        if any(once(form, f"{sort}{key}") != f"%recipient.{sort}{key}%" for key in used):
            raise Unreadable(f"its {said} are not each recipient's own")
    shared = {key[2:]: form[key][0] for key in form if key.startswith("h:") and "%recipient." not in form[key][0]}
    return Contents(once(form, "subject"), once(form, "text"), once(form, "html"), pairs, shared)


def sendgrid(body) -> Contents:
    """JSON: one personalization each, with substitutions that carry the whole placeholder as their key."""
    data = json.loads(body)
    pairs = [
        Pair(
            only(one["to"])["email"],
            {key[1:-1]: value for key, value in one.get("substitutions", {}).items()},
            without(one.get("custom_args", {}), "anymail_id"),
            one.get("headers", {}),
        )
        for one in data["personalizations"]
    ]
    if any({"cc", "bcc", "subject"} & one.keys() for one in data["personalizations"]):
        raise Unreadable("it has a second kind of recipient")
    parts = {part["type"]: part["value"] for part in data["content"]}
    return Contents(data["subject"], parts["text/plain"], parts["text/html"], pairs, data.get("headers", {}))


def mandrill(body) -> Contents:
    """JSON: recipients in one list, their variables and metadata in two others that name them again."""
    message = json.loads(body)["message"]
    if message.get("preserve_recipients") is not False:
        raise Unreadable("its recipients would see each other")
    if any(one.get("type", "to") != "to" for one in message["to"]):
        raise Unreadable("it has a second kind of recipient")
    fields = named(message.get("merge_vars", []))
    metadata = named(message.get("recipient_metadata", []))
    to = [one["email"] for one in message["to"]]
    if (fields.keys() | metadata.keys()) - set(to):
        raise Unreadable("its variables are not those of its recipients")
    pairs = [
        Pair(
            address,
            {one["name"]: one["content"] for one in fields.get(address, {}).get("vars", [])},
            metadata.get(address, {}).get("values", {}),
        )
        for address in to
    ]
    return Contents(message["subject"], message["text"], message["html"], pairs, message.get("headers", {}))


def sparkpost(body) -> Contents:
    """JSON: one entry a recipient, with substitution data of her own; headers go by way of these."""
    data = json.loads(body)
    content, pairs, headers = data["content"], [], dict(data["content"].get("headers", {}))
    through = {name: value[2:-2] for name, value in headers.items() if value.startswith("{{")}
    for one in data["recipients"]:
        address, fields = one["address"], dict(one.get("substitution_data", {}))
        if parseaddr(address.get("header_to", address["email"]))[1] != address["email"]:
            raise Unreadable("its recipients would see each other")
        own = {name: fields.pop(key) for name, key in through.items() if key in fields}
        pairs.append(Pair(address["email"], fields, one.get("metadata", {}), own))
    shared = {name: value for name, value in headers.items() if name not in through}
    return Contents(content["subject"], content["text"], content["html"], pairs, shared)


def mailjet(body) -> Contents:
    """JSON: what is shared under Globals, one message a recipient, metadata as a text that holds JSON."""
    data = json.loads(body)
    shared = data["Globals"]
    if shared.keys() & {"Cc", "Bcc", "Variables"} or shared.get("TemplateLanguage") is not True:
        raise Unreadable("it would not be merged for each recipient alone")
    pairs = [
        Pair(
            only(one["To"])["Email"],
            one.get("Variables", {}),
            json.loads(one.get("EventPayload", "{}")),
            one.get("Headers", {}),
        )
        for one in data["Messages"]
    ]
    return Contents(shared["Subject"], shared["TextPart"], shared["HTMLPart"], pairs, shared.get("Headers", {}))


def brevo(body) -> Contents:
    """JSON: one message version a recipient, with parameters of her own."""
    data = json.loads(body)
    if data.keys() & {"to", "cc", "bcc", "params"}:
        raise Unreadable("it has a second kind of recipient")
    pairs = []
    for one in data["messageVersions"]:
        headers = dict(one.get("headers", {}))
        metadata = json.loads(headers.pop("X-Mailin-custom", "{}"))
        pairs.append(Pair(only(one["to"])["email"], one.get("params", {}), metadata, headers))
    return Contents(data["subject"], data["textContent"], data["htmlContent"], pairs, data.get("headers", {}))


def read(reader, body) -> Contents:
    """What stands in the bytes; Unreadable where it is not what the provider takes."""
    try:
        return reader(body)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"it could not be read back: {type(error).__name__}") from error


def text_of(body) -> str:
    return body.decode() if isinstance(body, bytes) else body


def once(form, key) -> str:
    """The one value of a form's field."""
    return only(form[key])


def only(values):
    """The one thing in a list; of none or many it is not known which."""
    if len(values) != 1:
        raise Unreadable("it has not exactly one of what each letter has once")
    return values[0]


def named(rows) -> dict:
    """Mandrill's lists by recipient; a name twice would leave it to the provider which counts."""
    found = {row["rcpt"]: row for row in rows}
    if len(found) != len(rows):
        raise Unreadable("it names a recipient twice")
    return found


def without(values, key) -> dict:
    return {name: value for name, value in values.items() if name != key}
