"""Two managers press at the same moment: one rehearsal begins, and it is wiped once."""

import threading

import pytest
from django.db import connection

from endorsements.refusals import Refusal
from endorsements.rehearsal import rehearsing, wiping
from journal.models import Entry
from rounds.models import Candidacy, Cycle, Round
from tests.factories.groups import MemberFactory, state
from tests.factories.rounds import START, CycleFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

PATIENCE = 60


def together(act, *args):
    """Do it for each of these at once, each in a thread with a connection of its own; what was refused."""
    ready, refused = threading.Barrier(len(args)), []

    def do(one):
        try:
            ready.wait(PATIENCE)
            act(one)
        except Refusal as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(one,)) for one in args]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return refused


def test_one_begins_and_is_wiped_once(dee, set_clock):
    set_clock(START)
    MemberFactory(email=dee.email)
    state("MA")
    cycles = [CycleFactory(), CycleFactory(year=2028)]

    refused = together(lambda cycle: rehearsing.begin(cycle, by=dee, now=START, reason="Now."), *cycles)
    assert refused == ["Rehearsal 1 is still running. Let it end, or wipe it."]
    round = Round.objects.get()

    copies = [Round.objects.get(pk=round.pk) for _ in range(2)]
    together(lambda one: wiping.wipe(one, by=dee, now=START, reason="Seen."), *copies)
    assert Entry.objects.filter(verb="round.wiped").count() == 1
    assert not Candidacy.objects.exists() and not Cycle.objects.filter(year=Cycle.REHEARSALS).exists()
