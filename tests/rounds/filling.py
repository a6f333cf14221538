"""A nomination as Ada types it, as its cleaned answers, and sent by somebody else."""

import re
from datetime import date, timedelta

from mailings.models import Letter
from rounds import nominating
from tests.factories.groups import GroupFactory, LeadershipFactory, state
from tests.factories.rounds import START

NOW = START + timedelta(days=1)
TASKS = {
    "group": {"ties": "no"},
    "race": {"office": "house", "usps": "MA", "district": "7"},
    "candidate": {
        "name": "Jane Rivera",
        "campaign_name": "Carl Campaign",
        "campaign_email": "carl@example.org",
        "fec_candidate": "H6MA07123",
    },
    "vote": {"method": "meeting", "decided_on": "1/20/2026", "eligible": "120", "yes": "82", "no": "10"},
    "why": {"stands_for": "Good schools.", "measures_up": "She fought for them.", "statement": "She listens."},
    "help": {"will_people": "Forty people on doors."},
    "press": {"media_name": "Mia Press", "media_email": "mia@example.org"},
}
TICKS = {"own_process": "on", "authorized": "on", "lawful": "on", "no_pay": "on"}
ANSWERS = {
    "office": "house",
    "usps": "MA",
    "district": "7",
    "name": "Jane Rivera",
    "campaign_name": "Carl Campaign",
    "campaign_email": "carl@example.org",
    "method": "meeting",
    "decided_on": date(2026, 1, 20),
    "eligible": 120,
    "yes": 82,
    "no": 10,
    "stands_for": "Good schools.",
    "measures_up": "She fought for them.",
    "statement": "She listens.",
    "will_people": "Forty people on doors.",
    "media_name": "Mia Press",
    "media_email": "mia@example.org",
    "attested": ["lawful", "own_process"],
}


def fill(client, nomination, **changes):
    for task, fields in TASKS.items():
        url = f"/lead/nominations/{nomination.pk}/{task}/"
        seen = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())[1]
        client.post(url, {**fields, **changes.get(task, {}), "seen": seen})


def send(client, nomination, **ticks):
    return client.post(f"/lead/nominations/{nomination.pk}/check/", {**TICKS, **ticks})


def seen_of(client, draft, task):
    page = client.get(f"/lead/nominations/{draft.pk}/{task}/").content.decode()
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def other_group(name="Lynn Group", **more):
    """Another group of the state, and its leader."""
    group = GroupFactory(name=name, places=[state("MA")], **more)
    return group, LeadershipFactory(group=group).user


def nominate(group, leader, round, **changes):
    nomination = nominating.start(group, cycle=round.cycle, by=leader, now=NOW)
    nominating.submit(nomination, answers=ANSWERS | changes, by=leader, now=NOW)
    return nomination


def letters(name=None):
    chosen = Letter.objects.filter(name=name) if name else Letter.objects.all()
    return sorted((letter.name, letter.subject, letter.seat) for letter in chosen)
