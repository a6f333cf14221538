"""A group answers what staff asked: kept with the nomination, back with staff, and nothing filled in twice."""

from datetime import timedelta

import pytest

from groups.models import Leadership
from journal.models import Entry
from rounds import nominating, replying
from rounds.models import Nomination
from rounds.refusals import Refusal
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, NominationFactory

pytestmark = pytest.mark.django_db

ASKED = START + timedelta(days=1)
LATER = ASKED + timedelta(hours=3)


@pytest.fixture
def nomination(group, ada, dee, set_clock):
    """Sent by Ada, and returned with one question."""
    set_clock(LATER)
    nomination = NominationFactory(group=group, submitted_by=ada, draft_saved_at=START, state="submitted")
    nominating.return_for_correction(nomination, by=dee, now=ASKED, reason="How many could vote?")
    return nomination


def test_the_answer_goes_back_with_the_nomination_as_it_stood(nomination, ada):
    before = Nomination.objects.values("candidacy", "statement", "reference", "local_endorsement").get()
    assert replying.reply(nomination, words=" Sixty. ", by=ada, now=LATER) is True
    assert (nomination.state, nomination.reply, nomination.replied_by) == ("submitted", "Sixty.", ada)
    assert nomination.decision_reason == "How many could vote?"
    assert Nomination.objects.values("candidacy", "statement", "reference", "local_endorsement").get() == before
    assert Entry.objects.get(verb="nomination.replied").reason == "Sixty."
    assert replying.reply(nomination, words="Again.", by=ada, now=LATER) is False
    assert nomination.reply == "Sixty."


def test_a_changed_draft_is_not_taken_along_and_the_answer_is_kept(nomination, ada):
    nominating.save_draft(nomination, data={"name": "Jane"}, by=ada, now=LATER)
    assert replying.reply(nomination, words="Sixty.", by=ada, now=LATER) is False
    assert (nomination.state, nomination.reply) == ("returned", "Sixty.")


@pytest.mark.parametrize("words", ["", "  ", "x" * 4001, "a\0b"])
def test_no_answer_is_no_answer(nomination, ada, words):
    with pytest.raises(Refusal, match="Write your answer"):
        replying.reply(nomination, words=words, by=ada, now=LATER)


def test_only_a_leader_of_the_group_answers(nomination):
    with pytest.raises(Refusal):
        replying.reply(nomination, words="Sixty.", by=UserFactory(), now=LATER)


def test_the_follow_page_asks_and_the_answer_is_sent_from_its_page(client, nomination, ada):
    client.force_login(ada)
    follow = f"/lead/nominations/{nomination.reference}/follow/"
    url = f"/lead/nominations/{nomination.pk}/reply/"
    assert f'href="{url}"' in client.get(follow).content.decode()
    page = client.post(url, {"words": ""})
    assert (page.status_code, "Write your answer." in page.content.decode()) == (422, True)
    page = client.post(url, {"words": "Sixty."}, follow=True)
    assert page.redirect_chain[-1][0] == follow
    assert "Your answer is with our staff." in page.content.decode()
    assert client.get(url).url == follow


def test_who_lost_the_group_finds_nothing(client, nomination, ada):
    Leadership.objects.all().delete()
    client.force_login(ada)
    assert client.get(f"/lead/nominations/{nomination.pk}/reply/").status_code == 404


def test_staff_read_question_and_answer(client, nomination, ada, dee):
    replying.reply(nomination, words="Sixty.", by=ada, now=LATER)
    client.force_login(dee)
    page = client.get(f"/desk/rounds/nomination/{nomination.pk}/change/").content.decode()
    assert "How many could vote?" in page
    assert "Sixty." in page
