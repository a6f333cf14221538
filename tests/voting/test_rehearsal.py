"""A rehearsal's letters and ballot pages say that it is one."""

import pytest
from django.core import mail

from mailings import postroom
from rounds.models import Round
from tests.factories.voting import polls
from voting import links, posting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rehearsal", "language", "mark"),
    [(True, "en", "[Rehearsal] "), (True, "es", "[Ensayo] "), (False, "en", "Your ")],
)
def test_a_rehearsals_letters_say_so_before_all(set_clock, rehearsal, language, mark):
    round, _contests, [entry] = polls(rehearsal=rehearsal)
    type(entry.member).objects.update(language=language)
    set_clock(round.voting_opens_at)
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    postroom.send_due(round.voting_opens_at)
    (letter,) = mail.outbox
    assert letter.subject.startswith(mark)


@pytest.mark.parametrize("rehearsal", [True, False])
def test_a_rehearsals_ballot_says_so(client, set_clock, rehearsal):
    round, _contests, [entry] = polls()
    Round.objects.update(rehearsal=rehearsal)
    set_clock(round.voting_opens_at)
    page = client.get(f"/v/{links.ballot_token(entry)}").content.decode()
    assert ("This is a rehearsal. Nothing in it counts." in page) == rehearsal
