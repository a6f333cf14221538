"""Two of the staff press at the same moment: each act is done once, and the journal tells all of it (trust.md F28)."""

import random
import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from endorsements import steering
from journal import book
from rounds.models import Round
from rounds.refusals import Refusal
from tests.factories.groups import UserFactory
from tests.factories.voting import polls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
PATIENCE = 60
SEED = 28


def together(*acts):
    """Do all at once, each in a thread with a connection of its own; gives those that were refused."""
    ready, refused = threading.Barrier(len(acts)), []

    def do(act):
        try:
            ready.wait(PATIENCE)
            act()
        except Refusal as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return refused


# Whichever of a pair comes first, the vote is paused and extended as it is here.
PAIRS = [
    ("pause", "extend"),
    ("resume", "resume"),
    ("extend", "pause"),
    ("resume", "extend"),  # the third extension is refused
    ("pause", "pause"),
    ("pause", "resume"),
]


def test_pause_extend_and_resume_at_random_moments_lose_nothing():
    chance = random.Random(SEED)
    round, _contests, _entries = polls()
    people = [UserFactory(is_staff=True) for _ in range(2)]

    def act(name, who):
        held, hour = Round.objects.get(pk=round.pk), chance.randrange(60)
        more = {"voting_closes_at": held.voting_closes_at + chance.randrange(100, 200) * HOUR}
        deed, now = getattr(steering, name), round.voting_opens_at + hour * HOUR
        rest = more if name == "extend" else {}
        return lambda: deed(held, by=who, now=now, reason=f"{name}, said {who.pk}.", **rest)

    refused = [together(*[act(name, who) for name, who in zip(pair, people, strict=True)]) for pair in PAIRS]

    assert [len(sentences) for sentences in refused] == [0, 0, 0, 1, 0, 0]
    entries = list(deeds_of(round))
    assert [entry.verb for entry in entries].count("round.extended") == 2
    assert round_after(entries, ends=round.voting_closes_at) == round_now(round)
    assert book.verify() is None


def deeds_of(round):
    """What was done to the round itself; its letters are stopped and let go beside it."""
    return book.entries_of(round).filter(verb__startswith="round.").order_by("id")


def round_after(entries, *, ends):
    """What the journal says of the round: (when it closes, whether it is paused, how often it was changed)."""
    paused = False
    for entry in entries:
        assert (entry.verb, paused) != ("round.paused", True)
        assert (entry.verb, paused) != ("round.resumed", False)
        if entry.verb == "round.paused":
            paused = True
            continue
        assert datetime.fromisoformat(entry.before["voting_closes_at"]) == ends  # nobody's change was overwritten
        ends = datetime.fromisoformat(entry.after["voting_closes_at"])
        paused = paused and entry.verb == "round.extended"
    return ends, paused, len(entries)


def round_now(round):
    round.refresh_from_db()
    return round.voting_closes_at, round.paused_since is not None, round.schedule_version


@pytest.mark.parametrize("act", ["pause", "extend"])
def test_of_two_who_do_the_same_one_wins(act):
    round, _contests, _entries = polls()
    mine, theirs = Round.objects.get(pk=round.pk), Round.objects.get(pk=round.pk)
    now, later = round.voting_opens_at + HOUR, round.voting_closes_at + HOUR
    more = {"voting_closes_at": later} if act == "extend" else {}
    ada, dee = UserFactory(is_staff=True), UserFactory(is_staff=True)

    together(
        lambda: getattr(steering, act)(mine, by=ada, now=now, reason="Ada.", **more),
        lambda: getattr(steering, act)(theirs, by=dee, now=now, reason="Dee.", **more),
    )

    assert deeds_of(round).count() == 1
    assert Round.objects.get().schedule_version == 1
