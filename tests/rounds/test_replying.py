"""A group answers what staff asked: kept with the nomination, back with staff, and nothing filled in twice."""

from datetime import timedelta

import pytest
from django.core import mail

from groups.models import Leadership
from journal.models import Entry
from mailings import postroom
from rounds import nominating, replying
from rounds.models import Candidacy, Nomination, Round
from rounds.refusals import Refusal
from tests.factories.groups import GroupFactory, UserFactory
from tests.factories.rounds import START, NominationFactory, RoundFactory

pytestmark = pytest.mark.django_db

ASKED = START + timedelta(days=1)
HOUR = timedelta(hours=1)
LATER = ASKED + 3 * HOUR


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
    assert f'action="{url}"' in client.get(follow).content.decode()
    page = client.post(url, {"words": ""})
    assert (page.status_code, "Write your answer." in page.content.decode()) == (422, True)
    page = client.post(url, {"words": "Sixty."}, follow=True)
    assert page.redirect_chain[-1][0] == follow
    assert "Your answer is with our staff." in page.content.decode()
    assert client.get(url).url == follow


def test_a_second_question_begins_with_an_empty_box(client, nomination, ada, dee):
    replying.reply(nomination, words="Sixty.", by=ada, now=LATER)
    nominating.return_for_correction(nomination, by=dee, now=LATER + HOUR, reason="Which sixty?")
    client.force_login(ada)
    page = client.get(f"/lead/nominations/{nomination.reference}/follow/")
    assert page.context["form"].initial == {"words": ""}
    assert [said.words for said in page.context["exchange"]] == ["How many could vote?", "Sixty."]
    assert page.content.decode().count("Which sixty?") == 1
    replying.reply(nomination, words="Members.", by=ada, now=LATER + 2 * HOUR)
    said = [(one.by_staff, one.name, one.words) for one in replying.exchange(nomination)]
    assert said == [
        (True, str(dee), "How many could vote?"),
        (False, str(ada), "Sixty."),
        (True, str(dee), "Which sixty?"),
        (False, str(ada), "Members."),
    ]


def test_an_answer_kept_beside_a_changed_draft_is_there_to_change(client, nomination, ada):
    nominating.save_draft(nomination, data={"name": "Jane"}, by=ada, now=LATER)
    replying.reply(nomination, words="Sixty.", by=ada, now=LATER)
    client.force_login(ada)
    page = client.get(f"/lead/nominations/{nomination.reference}/follow/")
    assert page.context["form"].initial == {"words": "Sixty."}
    assert page.context["exchange"] == []


def test_a_candidate_whom_the_others_gave_up_stands_again(nomination, ada, dee):
    round = RoundFactory(stage=Round.Stage.NOMINATING, cycle=nomination.cycle)
    other = NominationFactory(candidacy=nomination.candidacy, group=GroupFactory(name="Lynn Group"))
    nominating.withdraw(other, by=dee, now=ASKED)
    nomination.candidacy.refresh_from_db()
    assert nomination.candidacy.state == Candidacy.State.WITHDRAWN
    assert replying.reply(nomination, words="Sixty.", by=ada, now=LATER) is True
    nomination.candidacy.refresh_from_db()
    assert (nomination.candidacy.state, nomination.candidacy.round) == (Candidacy.State.NOMINATED, round)


def test_what_could_not_be_sent_is_not_sent_by_an_answer(client, nomination, ada):
    Candidacy.objects.update(state=Candidacy.State.DECLINED)
    client.force_login(ada)
    page = client.post(f"/lead/nominations/{nomination.pk}/reply/", {"words": "Sixty."})
    assert page.status_code == 422
    assert "We take no more nominations" in page.content.decode()
    assert "Sixty." in page.content.decode()
    assert not Entry.objects.filter(verb="nomination.replied").exists()


def test_the_letter_leads_to_the_box(nomination, ada):
    postroom.send_due(LATER)
    assert f"/lead/nominations/{nomination.pk}/reply/" in mail.outbox[-1].body


def test_who_lost_the_group_finds_nothing(client, nomination, ada):
    Leadership.objects.all().delete()
    client.force_login(ada)
    assert client.get(f"/lead/nominations/{nomination.pk}/reply/").status_code == 404


def test_staff_read_question_and_answer(client, nomination, ada, dee):
    replying.reply(nomination, words="Sixty.", by=ada, now=LATER)
    client.force_login(dee)
    page = client.get(f"/desk/rounds/nomination/{nomination.pk}/change/").content.decode()
    assert "How many could vote?" in page
    assert f"<strong>{ada}</strong></p><blockquote><p>Sixty.</p>" in page
