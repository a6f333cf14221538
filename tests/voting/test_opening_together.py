"""Several tally hosts at once: one result per contest, whoever is faster."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from rounds.models import Round
from tests.factories.voting import polls, vote
from voting import openedballots, opening
from voting.models import Count, Result

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_openers_at_once_make_one_result_per_contest(set_clock):
    round, contests, entries = polls(contests=2, voters=12)
    set_clock(round.voting_opens_at + timedelta(hours=1))
    for number, entry in enumerate(entries):
        vote(entry, option=1 if number < 7 else 2)
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.POLLS_CLOSED)
    round.refresh_from_db()
    start, went_wrong = threading.Barrier(4), []

    def work():
        try:
            start.wait()
            while opening.open_step(round, now=round.voting_closes_at):
                pass
        except Exception as error:  # a thread's error would be lost
            went_wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert went_wrong == []
    assert Count.objects.filter(state=Count.State.OPENED).count() == 2
    assert Result.objects.count() == 2
    for contest in contests:
        assert openedballots.counts(contest) == {1: 7, 2: 5}
        assert openedballots.participation_count(contest) == 12
