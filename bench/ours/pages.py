"""What pages weigh: their bytes, the requests they lead to, and their queries."""

import gzip
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from groups.models import Group, User
from journal import clock
from rounds.models import Round
from voting import ballotbox, links, tickets
from voting.models import RollEntry

LOADED = re.compile(r'<(?:link[^>]*rel="(?:stylesheet|icon)"[^>]*href|script[^>]*src|img[^>]*src)="([^"]+)"')


def run():
    """Each page once warmed up: {page: {html_gz, total, requests, queries}}."""
    round, now = Round.objects.get(), clock.now()
    entry = RollEntry.objects.filter(round=round).select_related("member", "round").order_by("credential").first()
    ticket = tickets.issue(entry, now=now).text
    contests = ballotbox.contests_of([entry.pk])[entry.pk]
    chosen = {f"c{contest}": "01" for contest in contests}
    site, desk, lead = Client(), Client(), Client()
    desk.force_login(User.objects.get(is_staff=True), backend=settings.AUTHENTICATION_BACKENDS[0])
    group = Group.objects.order_by("pk").first()
    lead.force_login(group.leaders.first(), backend=settings.AUTHENTICATION_BACKENDS[0])
    form = {"ticket": ticket, "language": "en"}
    pages = {
        "ballot: begin": lambda: get(site, links.ballot_url(entry)),
        "ballot: a race": lambda: post(site, {**form, "go": "start"}),
        "ballot: check": lambda: post(site, {**form, **chosen, "at": "check", "go": "check"}),
        "ballot: a dead link": lambda: get(site, "/v/nobody"),
        "front page": lambda: get(site, "/"),
        "round": lambda: get(site, round.get_absolute_url()),
        "group": lambda: get(site, group.get_absolute_url()),
        "sign-up": lambda: get(site, "/sign-up/"),
        "where groups are": lambda: get(site, "/groups/"),
        "endorsed": lambda: get(site, "/endorsed/"),
        "leader's page": lambda: get(lead, "/lead/"),
        "control room": lambda: get(desk, "/desk/"),
    }
    found = {}
    for name, ask in pages.items():
        ask()
        with CaptureQueriesContext(connection) as queries:
            answer = ask()
        found[name] = {"status": answer.status_code, "queries": len(queries), **weight(answer.content.decode())}
    return {"operations": len(found), "pages": found}


def get(client, address):
    parts = urlsplit(address)
    return client.get(parts.path, secure=True, headers={"host": urlsplit(settings.BASE_URL).hostname})


def post(client, fields):
    host = urlsplit(settings.BASE_URL).hostname
    return client.post("/vote/", fields, secure=True, headers={"host": host, "sec-fetch-site": "same-origin"})


def weight(html) -> dict:
    """Compressed bytes of the page and of all that it loads at once, and how many requests that is."""
    page = len(gzip.compress(html.encode(), 6))
    loaded = {address for address in LOADED.findall(html) if address.startswith(settings.STATIC_URL)}
    return {"html_gz": page, "total": page + sum(map(size_of, loaded)), "requests": 1 + len(loaded)}


def size_of(address) -> int:
    """The bytes of a static file as it is sent: compressed where that is smaller."""
    name = unquote(urlsplit(address).path).removeprefix(settings.STATIC_URL)
    file = Path(settings.STATIC_ROOT) / name
    if not file.exists():  # nothing was collected
        file = Path(finders.find(name))
    packed = file.with_name(file.name + ".gz")
    return (packed if packed.exists() else file).stat().st_size
