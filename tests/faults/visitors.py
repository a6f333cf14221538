"""F15 and F16: scanners that open every link, and a hundred thousand requests that make no sense."""

import itertools
import json
import random
import time
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import mail
from django.test import Client, client
from django.test.utils import setup_test_environment
from django.utils import timezone

from endorsements import wsgi
from journal import clock
from tests import test_bad_input as bad
from tests import test_scanners as scanners
from tests import world as worlds
from tests.crawl import Walker, addresses, every_row, forms_of, real_values
from tests.factories.groups import GroupFactory, LeadershipFactory, UserFactory, district
from tests.faults.plan import Fault, Seen
from voting import ballotbox

PROCESSES = 2
# What scanners, previews and browsers that guess say of themselves.
SCANNERS = [
    {"user-agent": "Mozilla/5.0 (compatible; Scanner)"},
    {"purpose": "prefetch", "sec-purpose": "prefetch;prerender"},
    {"x-moz": "prefetch"},
    {"user-agent": "Slackbot-LinkExpanding 1.0"},
    {"range": "bytes=0-1023"},
]


def a_world():
    """The small world in which everything exists once, at its own time; letters stay in this process."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    client.WSGIRequest = wsgi.application.request_class  # the site's own kind of request, not the test client's
    clock.shift_of_tests = worlds.NOW + timedelta(minutes=1) - timezone.now()
    group = GroupFactory(name="Boston Common Group", slug="boston-common", places=[district("MA", 7)])
    ada = UserFactory(email="ada@example.org", name="Ada Adams")
    LeadershipFactory(group=group, user=ada)
    dee = UserFactory(email="dee@example.org", name="Dee Dorn", is_staff=True, is_superuser=True)
    world = worlds.World(group, ada, dee)
    world.mailbox = world.letter_in_the_mailbox()
    return world


def play_scanners(home, size, chance):
    """Every link of every letter opened by every kind of scanner, and every ballot form sent as it is."""
    seen, world = Seen(), a_world()
    found = scanners.links_of_every_letter(world)
    mine = [link for link in found if scanners.urlsplit(link).path.startswith(tuple(scanners.PRIVATE))]
    but = (*scanners.BESIDE, "django_session")
    before, statuses = every_row(but=but), set()
    asked = itertools.cycle(itertools.product(scanners.METHODS, [*mine, *found], SCANNERS))
    for method, link, headers in itertools.islice(asked, size.requests):
        statuses.add(Client(headers=headers).generic(method, scanners.path_of(link)).status_code)
    if every_row(but=but) != before:
        seen.breaches.append("opening links changed something")
    if 200 not in statuses or max(statuses) >= 500:
        seen.breaches.append(f"the pages answered {sorted(statuses)}")
    sent = 0
    page = Client().get(f"/v/{world.tokens()['v/']}")
    forms = [form for form in forms_of(page) if form.action == "/vote/"]
    if not forms:
        seen.void.append("the ballot's page has no form")
    while forms and sent < size.forms_sent_untouched:
        for form in forms:
            kept = {name: value for name, kind, value in form.fields if kind == "hidden"}
            go = chance.choice(["send", *form.values("go")])
            answer = Client().post("/vote/", {**kept, "go": go})
            sent += 1
            statuses.add(answer.status_code)
            more = [one for one in forms_of(answer) if one.action == "/vote/"]
            forms = (forms + more)[-8:]
    if ballotbox.voted(world.voting.pk, [world.entry.pk]):
        seen.breaches.append("an untouched form cast a vote")
    if every_row(but=but) != before:
        seen.breaches.append("an untouched form changed something")
    seen.figures |= {"links": len(found), "requests": size.requests, "untouched forms": sent, "votes and farewells": 0}
    return seen


class Fuzz:
    """Requests that make no sense, drawn at random from the bad input of tests/test_bad_input.py."""

    def __init__(self, world, chance):
        self.world, self.chance = world, chance
        walkers = {None: Walker(), "leader": Walker(world.ada), "staff": Walker(world.dee)}
        self.walkers = list(walkers.values())
        self.paths = [(address, values) for address in addresses() for values in real_values(address, world)]
        self.forms, self.slowest, self.statuses = {}, 0.0, {}

    def ask(self):
        """One request, of a kind drawn at random; its time and status are kept."""
        chance = self.chance
        address, values = chance.choice(self.paths)
        walker = chance.choices(self.walkers, [6, 2, 1])[0]
        path = address.filled(values)
        if address.parameters and chance.random() < 0.3:
            name = chance.choice(address.parameters)
            path = address.filled(values | {name: "NONSENSE"}).replace("NONSENSE", chance.choice(bad.NONSENSE))
        elif chance.random() < 0.05:
            path = "/" + "".join(f"%{chance.randrange(256):02X}" for _ in range(chance.randrange(1, 40)))
        if chance.random() < 0.3:
            path += "?" + self.query()
        headers = chance.choice(bad.HEADERS) if chance.random() < 0.2 else {}
        method = chance.choices(bad.METHODS, [6, 1, 6, 1, 1, 1, 1])[0]
        began = time.monotonic()
        if method == "POST" and chance.random() < 0.3:
            answer = self.send_a_form(walker, path)
        elif method in ("POST", "PUT", "PATCH"):
            body, kind = self.body()
            answer = walker.ask(method, path, body, kind, **{k: v for k, v in headers.items() if k != "CONTENT_TYPE"})
        else:
            answer = walker.ask(method, path, **headers)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[answer.status_code // 100] = self.statuses.get(answer.status_code // 100, 0) + 1

    def query(self):
        names = self.chance.choices(
            ["q", "page", "next", "lang", "zip", "state", "group", "o", "p", "e", "_to_field"], k=3
        )
        return urlencode([(name, self.chance.choice(bad.VALUES)) for name in names])

    def body(self):
        name = self.chance.choice([one for one in bad.BODIES if "MB" not in one or self.chance.random() < 0.02])
        if self.chance.random() < 0.2:
            return self.chance.randbytes(self.chance.randrange(400)), bad.BODIES[name][1]
        return bad.BODIES[name]

    def send_a_form(self, walker, path):
        """A form of the page with hostile text in its fields; the page's forms are read once."""
        key = (id(walker), path)
        if key not in self.forms:
            page = walker.ask("GET", path)
            self.forms[key] = forms_of(page) if len(self.forms) < 2000 else []
        if not self.forms[key]:
            return walker.ask("POST", path, *self.body())
        form = self.chance.choice(self.forms[key])
        typed = self.chance.choice(list(bad.TYPED.values()))
        return bad.send(walker, form, path, typed, everywhere=self.chance.random() < 0.5, chance=self.chance)

    @property
    def mistakes(self):
        return [mistake for walker in self.walkers for mistake in walker.mistakes]


def fuzz(home, number, requests, seed):
    """One process's share of the requests, in a world and a database of its own; what it saw goes into a file."""
    home.ground.enter(f"{home.folder.name}_{number}")
    one = Fuzz(a_world(), random.Random(seed))
    for _ in range(requests):
        one.ask()
    said = {"mistakes": one.mistakes[:50], "slowest": one.slowest, "statuses": one.statuses, "asked": requests}
    (home.folder / f"fuzz-{number}.json").write_text(json.dumps(said))


def play_fuzz(home, size, chance):
    """Requests of every method at every address by strangers, leaders and staff."""
    seen = Seen()
    setup_test_environment(debug=False)
    share = size.requests // PROCESSES
    children = [home.fork(fuzz, home, number, share, chance.random()) for number in range(PROCESSES)]
    for child in children:
        child.wait(3600)
    found = [json.loads((home.folder / f"fuzz-{number}.json").read_text()) for number in range(PROCESSES)]
    seen.breaches += [mistake for one in found for mistake in one["mistakes"]]
    total = {}
    for one in found:
        for family, times in one["statuses"].items():
            total[f"{family}xx"] = total.get(f"{family}xx", 0) + times
    seen.figures |= {"requests": sum(one["asked"] for one in found)}
    seen.figures |= {f"answers {family}": times for family, times in sorted(total.items())}
    seen.figures |= {"answers 5xx": total.get("5xx", 0), "logged exceptions": len(seen.breaches)}
    return seen


FAULTS = [
    Fault(
        "F15",
        "Scanners: GET, HEAD, OPTIONS and prefetch of every link in every letter, untouched forms sent",
        "no vote, no confirmation, no farewell: not one row changed (I1)",
        play_scanners,
        full={"requests": 10_000, "forms_sent_untouched": 1000},
        small={"requests": 100, "forms_sent_untouched": 20},
    ),
    Fault(
        "F16",
        "Requests that make no sense, at every address, by strangers, leaders and staff",
        "no answer 5xx, no logged exception (I12)",
        play_fuzz,
        full={"requests": 100_000},
        small={"requests": 300},
    ),
]
