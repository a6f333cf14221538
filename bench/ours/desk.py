"""Every page of the desk, each list also searched, filtered and turned over, asked for by somebody with every role."""

import re
import statistics
import time
from html import unescape

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from endorsements import lifecycle
from endorsements.control_room import outlook, steps
from endorsements.simulation import play, votes
from groups.models import Role, User
from journal import clock, ticks
from mailings import waves
from mailings.models import Letter, Wave
from rounds.models import Round
from tests.crawl import addresses
from voting import reached, results, turnout

# What a list offers itself: the choices of its filters, the links of its order.
OFFERED = re.compile(r'<option value="([^"=]+=[^"]+)"')
SORTED = re.compile(r'<a href="\?(o=[^"]+)"')
TURNOUT = 0.02
LEFT_OUT = {"jsi18n", "logout", "login", "autocomplete", "view_on_site"}


def open_vote():
    """From vetting to an open vote whose letters are all out; no server is asked to take them."""
    round = Round.objects.get()
    play.carry_to(round, Round.Stage.FROZEN, clock.now)
    play.make_keys(round, now=clock.now())
    play.carry_to(round, Round.Stage.VOTING, clock.now)
    play.finish_chores(round, clock.now)
    Letter.objects.update(state=Letter.State.SENT, settled_at=clock.now())
    Wave.objects.update(step=Wave.Step.DONE)
    votes.vote(round, turnout=TURNOUT, seed=1)
    turnout.refresh(clock.now())
    return {}


def announce():
    """From the open vote to the announced result."""
    round, staff = Round.objects.get(), User.objects.get(is_staff=True, is_superuser=True)
    play.let_come(round, "voting_closes_at", now=clock.now())
    play.carry_to(round, Round.Stage.COUNTED, clock.now)
    for result in results.undecided(round):
        results.decide(result, endorse=results.may_endorse(result), by=staff, now=clock.now(), reason="Simulated.")
    lifecycle.step(round, Round.Stage.CERTIFIED, by=staff, now=clock.now(), reason="Simulated.")
    play.let_come(round, "announce_at", now=clock.now())
    play.carry_to(round, Round.Stage.ANNOUNCED, clock.now)
    play.finish_chores(round, clock.now)
    return {}


def walk(runs):
    """Each page so many times in turn: {page: {queries, ms, all}}; ms is the median."""
    tick()
    staff, _new = User.objects.get_or_create(email="every.role@example.org", name="Every Role", is_staff=True)
    staff.groups.set(Role.objects.all())
    Authenticator.objects.get_or_create(user=staff, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}})
    settings.SECOND_FACTOR_FORCED = True
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(staff, backend=settings.AUTHENTICATION_BACKENDS[0])
    pages = {}
    for path in paths():
        answer = client.get(path, secure=True)
        if answer.status_code == 200:
            pages[path] = None
            pages |= dict.fromkeys(turned(path, answer.content.decode()))
    tick()
    found = {path: {"queries": queries_of(client, path), "all": []} for path in pages}
    for _run in range(runs):
        tick()
        for path, weighed in found.items():
            begun = time.perf_counter()
            client.get(path, secure=True)
            weighed["all"].append(round((time.perf_counter() - begun) * 1000, 2))
    for weighed in found.values():
        weighed["ms"] = statistics.median(weighed["all"])
    return {"operations": len(found), "pages": found}


def tick():
    """What the clock looks up for the desk; it goes on while the pages are walked."""
    ticks.note(clock.now())
    for keep in (outlook.keep_all, waves.count_due, reached.keep_due):
        keep(clock.now())


def queries_of(client, path):
    """The queries of a page that was looked at before: the first look in an hour is written in the journal too."""
    client.get(path, secure=True)
    with CaptureQueriesContext(connection) as captured:
        client.get(path, secure=True)
    return len(captured)


def turned(path, page):
    """The other faces of a list: searched by a name, its second page, by each order and filter that it offers."""
    if not path.endswith("/") or "changelist-form" not in page:
        return
    if 'id="searchbar"' in page:
        yield f"{path}?q=Last770"
    if "?p=2" in page:
        yield f"{path}?p=2"
    filters = page.partition('class="desk-find"')[2].partition("</form>")[0]
    for asked in sorted({*OFFERED.findall(filters), *SORTED.findall(page)}):
        yield f"{path}?{unescape(asked)}"


def paths():
    """Every address of the desk that some row fills: the first row of the model that it is about."""
    for address in addresses():
        if address.room != "desk" or address.name.split(":")[-1].rpartition("_")[2] in LEFT_OUT:
            continue
        for values in values_of(address):
            try:
                yield reverse(address.name, kwargs=values)
            except NoReverseMatch:
                continue


def values_of(address):
    wanted = address.parameters
    if not wanted:
        return [{}]
    parts = address.route.split("/")
    if wanted == ["app_label"]:
        return [{"app_label": label} for label in ("groups", "rounds", "vetting", "voting", "mailings")]
    if set(wanted) - {"object_id", "pk", "act"} or len(parts) < 3:
        return []
    first = apps.get_model(parts[1], parts[2]).objects.order_by("pk").values_list("pk", flat=True).first()
    if first is None:
        return []
    known = {"object_id": first, "pk": first}
    acts = [None] if "act" not in wanted else steps.ACTS if parts[2] == "round" else []
    return [{name: act if name == "act" else known[name] for name in wanted} for act in acts]
