"""The whole site as somebody walks it who means harm: every address there is, and every form on its pages."""

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import SuspiciousOperation
from django.db import connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler, RequestFactory, encode_multipart
from django.urls import get_resolver

from endorsements.control_room import steps
from mailings.admin import ACTS, SWITCHES
from rounds.forms.nomination import TASKS
from tests.factories.factors import passkey
from vetting import links
from voting import reach_pages

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
# What a person at the desk may do with a nomination or candidacy, beside the acts of a round.
DECISIONS = ["accept", "return", "refuse", "withdraw", "admit", "decline", "make", "void"]


@dataclass(frozen=True)
class Address:
    """One line of the URLconf: its full name and its route, as "lead/<slug:slug>/nominate/"."""

    name: str
    route: str

    @property
    def parameters(self):
        return [one or other for one, other in PARAMETER.findall(self.route)]

    @property
    def room(self):
        """The first part of its path, by which tests group the addresses."""
        return self.route.lstrip("^").partition("/")[0]

    def filled(self, values):
        """The path with {parameter: text} in it, percent-encoded."""
        route = PARAMETER.sub(lambda found: quote(str(values[found[1] or found[2]]), safe="/"), self.route)
        return "/" + route.strip("^$").replace("\\.", ".")


def addresses(resolver=None, route="", namespace=""):
    """Every address of the site, those that allauth and the desk bring along too."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = route + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, here, inner)
        else:
            yield Address(f"{namespace}{entry.name}", here)


def real_values(address, world):
    """Lists of real values for an address's parameters: [{"slug": "spring"}, …].

    LookupError for an address nobody taught this function: a new one has to be walked with something real.
    """
    room, known = address.room, {}
    if not address.parameters:
        return [{}]
    if room == "desk":
        return desk_values(address, world)
    if room in ("v", "q", "confirm", "news", "moved", "leave", "not-me"):
        known = {"token": [world.tokens()[f"{room}/"]], "position": ["1"]}
        if room == "q":  # a campaign that still answers, and one that has sent
            known["token"].append(links.token_of(world.answered))
            known["number"] = [world.answered.answers.first().question_id]
    elif room == "join":
        known = {"slug": [world.group.slug], "code": [world.group.sign_up_code]}
    elif room == "endorsed":
        known = {"slug": ["winner"]}
    elif room == "rounds":
        names = ["rules.json", "contests/ma-07/ballots.csv"]
        known = {"slug": ["spring", "winter", "autumn"], "name": names}
    elif room == "groups":
        known = {"slug": [world.group.slug]}
    elif room == "lead":
        mine = [world.draft.pk, world.sent.pk, world.returned.pk]
        known = {"slug": [world.group.slug], "pk": mine}
        known["reference"] = [world.sent.reference, world.returned.reference]
        known["task"] = [task.slug for task in TASKS]
        if "reply" in address.route:
            known["pk"] = [world.returned.pk]
        if "candidates" in address.route:
            known["pk"] = [world.answered.candidacy_id]
    elif room == "media":
        known = {"name": [world.endorsement.photo.name]}
    elif room == "accounts":
        known = {"pk": [passkey(world.dee).pk]}
    elif room == "outbox":
        known = {"key": [world.mailbox]}
    elif room == "hooks":
        known = {"provider": ["mailgun", "postmark"]}
    if unknown := set(address.parameters) - set(known):
        raise LookupError(f"tests/crawl.py knows no real value of {sorted(unknown)} in {address.route}")
    found = [{}]
    for name in address.parameters:
        found = [values | {name: value} for values in found for value in known[name]]
    return found


def desk_values(address, world):
    """Real values for an address of the desk: the first row of the model it is about."""
    if "app_label" in address.parameters:
        return [{"app_label": label} for label in ("rounds", "groups")]
    if "url" in address.parameters:
        return [{"url": "rounds/round"}]
    if "content_type_id" in address.parameters:
        kind = ContentType.objects.get_by_natural_key("groups", "group")
        return [{"content_type_id": kind.pk, "object_id": apps.get_model("groups", "group").objects.first().pk}]
    _desk, room, model, *_rest = address.route.split("/")
    rows = apps.get_model(room, model).objects.order_by("pk")
    if model == "nomination":  # a draft is its group's own
        rows = rows.filter(pk=world.sent.pk)
    values = [{name: row.pk for name in ("object_id", "pk") if name in address.parameters} for row in rows[:1]]
    if not values:
        raise LookupError(f"tests/world.py has no {model} for {address.route}")
    if "topic" in address.parameters:
        values = [{"topic": rows[0].topic, "name": "voting.receipt"}]
    if address.name in ("admin:voting_unreached", "admin:voting_reach"):
        values = [{"pk": world.voting.pk, **({"member": world.entry.member_id} if "act" in address.parameters else {})}]
    if address.name.startswith("admin:groups_upload"):
        values = [{"pk": world.upload.pk}] if "pk" in address.parameters else [{}]
    if address.route.startswith("desk/groups/member/") and "pk" in address.parameters:
        to_come = address.name in ("admin:groups_member_strike", "admin:groups_member_readmit")
        values = [{"pk": world.entry.member_id, "round": (world.nominating if to_come else world.voting).pk}]
    if model == "questionnaire" and "pk" in address.parameters:
        section = rows[0].sections.first()
        values = [{"pk": rows[0].pk, "section": section.pk, "question": section.questions.first().pk}]
    if address.name == "admin:rounds_round_results":
        values = [{"pk": world.counted.pk}]
    if address.name == "admin:rounds_round_wipe":
        values = [{"pk": world.rehearsal.pk}]
    if address.name == "admin:vetting_vettingfile_correct":
        values = [{"pk": world.answered.candidacy_id, "question": world.answered.answers.first().question_id}]
    if "act" in address.parameters:
        acts = {"round": steps.ACTS, "stoppedtopic": SWITCHES, "wave": ACTS, "contestroll": reach_pages.ACTS}
        acts = acts.get(model, DECISIONS)
        values = [{**values[0], "act": act} for act in acts]
    return values


# Asking


class Door(RequestFactory):
    """The site's handler with its middleware made once. Django's test client makes it for each client anew, and
    keeps a copy of every template's context."""

    def __init__(self):
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request):
        return self.handler(self._base_environ(**request))


@dataclass
class Walker:
    """Somebody who asks: her cookies, and what the site logged of its own mistakes meanwhile."""

    user: object = None
    mistakes: list = field(default_factory=list)

    def __post_init__(self):
        self.cookies = {}
        self.door = Door()
        if self.user is not None:
            client = Client()
            client.force_login(self.user)
            self.cookies = {name: cookie.value for name, cookie in client.cookies.items()}

    def ask(self, method, path, body=b"", content_type="application/x-www-form-urlencoded", **headers):
        """One request, in a transaction that is taken back: the world stays as it was. headers as in META."""
        self.door.cookies.clear()
        for name, value in self.cookies.items():
            self.door.cookies[name] = value
        with taken_back(), listening() as heard:
            if isinstance(body, dict) and content_type.startswith("multipart"):
                response = self.door.generic(method, path, *encoded(body), **headers)
            else:
                response = self.door.generic(method, path, body, content_type=content_type, **headers)
            if response.streaming:
                response.content_read = b"".join(response.streaming_content)
        told = f"{method} {path[:160]!a}"
        if response.status_code >= 500:
            self.mistakes.append(f"{told}: {response.status_code}")
        self.mistakes += [f"{told}: {record}" for record in heard]
        return response


def encoded(fields):
    """A multipart body and its content type."""
    return encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT


@contextmanager
def taken_back():
    """Whatever is written inside is undone, a vote's own durable transaction too."""
    shield = transaction.atomic()
    shield._from_testcase = True
    with shield:
        yield
        transaction.set_rollback(True)


class Ear(logging.Handler):
    """Hears what is logged as a mistake of ours: errors, but not the framework's own refusals of odd requests."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.heard = []

    def emit(self, record):
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, SuspiciousOperation) or record.name.startswith("django.security"):
            return
        said = f"{record.name}: {record.getMessage()[:200]!a}"
        self.heard.append(f"{said} {type(error).__name__}: {str(error)[:300]!a}" if error else said)


@contextmanager
def listening():
    ear = Ear()
    # In front: the site's own handler strikes the error out of the record, with the links in it.
    logging.getLogger().handlers.insert(0, ear)
    try:
        yield ear.heard
    finally:
        logging.getLogger().removeHandler(ear)


# Forms


@dataclass
class Form:
    """A form of a page: where it is sent, how, and its fields as (name, kind, value)."""

    action: str
    method: str
    encoding: str
    fields: list = field(default_factory=list)

    def values(self, name):
        return [value for one, _kind, value in self.fields if one == name]


class FormReader(HTMLParser):
    """Finds the forms of a page, as a browser would send them."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.forms, self.text, self.select, self.inside = [], None, None, False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = attrs.get("method", "get").upper()
            self.forms.append(Form(attrs.get("action", ""), method, attrs.get("enctype", "")))
            self.inside = True
        elif not self.inside or "disabled" in attrs:
            return  # what is disabled is shown, never sent
        elif tag == "input" and "name" in attrs:
            kind = attrs.get("type", "text")
            self.forms[-1].fields.append((attrs["name"], kind, attrs.get("value", "")))
        elif tag == "textarea" and "name" in attrs:
            self.text = [attrs["name"], ""]
        elif tag == "select":
            self.select = attrs.get("name", "")
            self.forms[-1].fields.append((self.select, "select", ""))
        elif tag == "option" and self.select and self.forms[-1].fields[-1][2] == "":
            self.forms[-1].fields[-1] = (self.select, "select", attrs.get("value", ""))
        elif tag == "button" and "name" in attrs:
            self.forms[-1].fields.append((attrs["name"], "button", attrs.get("value", "")))

    def handle_data(self, data):
        if self.text is not None:
            self.text[1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text:
            # HTML drops the first line break of a textarea.
            name, said = self.text
            self.forms[-1].fields.append((name, "textarea", said.removeprefix("\n")))
            self.text = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def forms_of(response):
    """The forms of an HTML page; none of anything else."""
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return []
    return FormReader(response.content.decode()).forms


# Tables


def every_row(*, but=()):
    """{table: sorted rows as text} of the whole database, except the tables named."""
    with connection.cursor() as cursor:
        tables = [one.name for one in connection.introspection.get_table_list(cursor) if one.type in "tp"]
        found = {}
        for table in sorted(set(tables) - set(but)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(
                repr([bytes(part) if isinstance(part, memoryview) else part for part in row])
                for row in cursor.fetchall()
            )
    return found
