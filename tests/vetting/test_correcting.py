"""A campaign asks to have something mended: what may be asked and until when, and what staff make of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from endorsements.ballot_preview import paper_of
from journal import approvals, clock
from journal.models import Entry
from journal.wording import in_zone
from mailings import postroom
from rounds import candidacies
from rounds.models import Contest
from tests.factories.groups import GroupFactory, UserFactory
from tests.factories.rounds import CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ALL_RIGHT, ResponseFactory
from vetting import answering, correcting, links
from vetting.models import Correction, Question, Response
from vetting.refusals import Refusal
from voting import ballots, roll

pytestmark = pytest.mark.django_db

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def response(set_clock, at, group):
    """A campaign that has sent its answers, one of them wrong by a slip."""
    set_clock(at("2026-02-04 15:00"))
    candidacy = CandidacyFactory(name="Jane Rivera", blurb="Schools first.", round=RoundFactory())
    NominationFactory(group=group, candidacy=candidacy, state="accepted", statement="She knows our schools.")
    response = ResponseFactory(candidacy=candidacy, answers=ALL_RIGHT | {1: "no"})
    answering.submit(response, name="Jane", role="Candidate", may_publish=True, now=clock.now())
    return response


def question(response, number=1):
    return Question.objects.get(section__questionnaire=response.questionnaire, number=number)


def url(response, name, *args):
    return reverse(name, args=[links.token_of(response), *args])


def asked(response, **rest):
    said = {"value": "yes", "words": "My finger slipped.", "now": clock.now()} | rest
    return correcting.ask_about_answer(response, question(response), **said)


def letters():
    postroom.send_due(clock.now())
    return [(letter.to, letter.subject) for letter in mail.outbox if "orrect" in letter.subject]


def test_a_sent_answer_is_asked_about_from_the_copy(response):
    page = url(response, "vetting:correct_answer", question(response).pk)
    assert f'href="{page}"' in Client().get(url(response, "vetting:landing")).content.decode()
    sent = Client().post(page, {"value": "yes", "words": "My finger slipped."}, **OURS)
    assert sent.url == url(response, "vetting:corrected")
    one = Correction.objects.get()
    assert (one.kind, one.question, one.before, one.value) == ("answer", question(response), "no", "yes")
    assert response.answers.get(question=one.question).value == "no"
    assert "With our staff" in Client().get(sent.url).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"value": "no", "words": "?"}, "Change the answer first"),
        ({"value": "yes", "words": ""}, "This field is required."),
        ({"value": "perhaps", "words": "?"}, "Choose one of the answers shown."),
    ],
)
def test_what_can_not_be_asked_says_why(response, typed, said):
    page = Client().post(url(response, "vetting:correct_answer", question(response).pk), typed, **OURS)
    assert (page.status_code, said in page.content.decode()) == (400, True)
    assert Correction.objects.count() == 0


def test_two_people_change_an_answer_it_is_scored_anew_and_the_groups_hear_it(ada, response, dee):
    eve = UserFactory(is_staff=True, is_superuser=True)
    correction = asked(response)
    response.refresh_from_db()
    assert (response.right, response.passed) == (3, False)
    assert "second person" in str(correcting.make(correction, by=dee, now=clock.now(), reason="It is a slip."))
    with pytest.raises(Refusal, match="You said so yourself"):
        correcting.make(correction, by=dee, now=clock.now(), reason="It is a slip.")
    assert response.answers.get(question=question(response)).value == "no"
    assert correcting.make(correction, by=eve, now=clock.now(), reason="Agreed.") is True
    assert correcting.make(correction, by=eve, now=clock.now(), reason="Agreed.") is False
    response.refresh_from_db()
    assert (response.right, response.passed) == (4, True)
    entry = Entry.objects.get(verb="answer.corrected")
    assert (entry.before, entry.after, entry.reason) == ({"value": "no"}, {"value": "yes"}, "My finger slipped.")
    assert letters() == [
        ([f"Campaign Office <{response.candidacy.campaign_email}>"], "Corrected: Jane Rivera"),
    ]
    told = [letter.body for letter in mail.outbox if letter.subject.startswith("The answers of Jane Rivera")]
    assert sorted("The score was counted again." in " ".join(body.split()) for body in told) == [False, True]
    assert any("It is a slip." in letter.body for letter in mail.outbox)


@pytest.mark.parametrize(("after", "done"), [(approvals.KEPT - timedelta(seconds=1), True), (approvals.KEPT, False)])
def test_the_second_has_a_day_and_then_it_is_asked_anew(response, dee, after, done):
    eve = UserFactory(is_staff=True, is_superuser=True)
    correction, now = asked(response), clock.now()
    correcting.make(correction, by=dee, now=now, reason="It is a slip.")

    assert (correcting.make(correction, by=eve, now=now + after, reason="Agreed.") is True) is done
    if not done:
        assert correcting.make(correction, by=dee, now=now + after, reason="It is a slip.") is True


def test_what_still_waits_is_not_kept_twice(response):
    assert asked(response).pk == asked(response).pk
    assert Entry.objects.filter(verb="correction.asked").count() == 1


def test_a_question_of_another_office_is_refused(response):
    with pytest.raises(Refusal, match="not on your questionnaire"):
        correcting.ask_about_answer(response, question(response, 5), value="no", words="?", now=clock.now())


def test_two_corrections_of_one_answer_each_keep_what_stood_before_them(response, dee):
    eve = UserFactory(is_staff=True, is_superuser=True)
    both = [asked(response), asked(response, value="", words="Leave it blank.")]
    for correction in both:
        for person in (dee, eve):
            correcting.make(correction, by=person, now=clock.now(), reason="So be it.")
    changes = Entry.objects.filter(verb="answer.corrected").order_by("pk").values_list("before", "after")
    assert list(changes) == [({"value": "no"}, {"value": "yes"}), ({"value": "yes"}, {"value": ""})]


def test_one_left_as_it_is_can_not_be_agreed_to_afterwards(response, dee):
    eve = UserFactory(is_staff=True, is_superuser=True)
    correction = asked(response)
    correcting.make(correction, by=dee, now=clock.now(), reason="A slip.")
    correcting.decline(Correction.objects.get(), by=dee, now=clock.now(), reason="No slip after all.")
    assert correcting.make(correction, by=eve, now=clock.now(), reason="Agreed.") is False
    assert response.answers.get(question=question(response)).value == "no"
    assert not Entry.objects.filter(verb="answer.correct.agreed").exists()


def test_who_decides_about_the_candidacy_sees_what_waits(response, client, dee):
    correction = asked(response)
    client.force_login(dee)
    page = client.get(f"/desk/vetting/vettingfile/{response.candidacy_id}/change/").content.decode()
    assert f'href="/desk/vetting/correction/{correction.pk}/change/"' in page
    assert "No → Yes<br>My finger slipped." in page


def test_the_campaign_finds_what_became_of_it_from_its_copy(response):
    link = f'href="{url(response, "vetting:corrected")}"'
    assert link not in Client().get(url(response, "vetting:landing")).content.decode()
    asked(response)
    assert link in Client().get(url(response, "vetting:landing")).content.decode()


def test_staff_leave_it_with_a_reason(response, dee):
    assert correcting.decline(asked(response), by=dee, now=clock.now(), reason="You said so on TV.") is True
    assert [subject for _to, subject in letters()] == ["Your correction for Jane Rivera"]
    assert response.answers.get(question=question(response)).value == "no"
    with pytest.raises(Refusal, match="Write a reply"):
        correcting.decline(asked(response), by=dee, now=clock.now(), reason=" ")


@pytest.mark.parametrize("state", ["cleared", "declined", "on_ballot", "withdrawn"])
def test_no_answer_is_asked_about_once_vetting_has_decided(response, state):
    type(response.candidacy).objects.update(state=state)
    with pytest.raises(Refusal, match="too late"):
        asked(Response.objects.get())
    answer = Client().get(url(response, "vetting:correct_answer", question(response).pk))
    assert (answer.status_code, answer.url) == (302, url(response, "vetting:landing"))


def test_five_a_day(response, set_clock):
    for n in range(correcting.A_DAY):
        asked(response, words=f"Slip {n}.")
    with pytest.raises(Refusal, match="5 corrections a day"):
        asked(response)
    set_clock(clock.now() + timedelta(days=1, seconds=1))
    assert asked(response).pk


def test_the_ballots_words_are_shown_and_a_fact_can_be_asked_about(response):
    page = Client().get(url(response, "endorsements:ballot_preview")).content.decode()
    for words in (
        "Should we endorse (support in public) Jane Rivera for U.S. House, Massachusetts 7th District?",
        "Schools first.",
        in_zone(response.candidacy.round.freeze_at, "America/New_York"),
        "She knows our schools.",
        "Endorsed by Boston Common Group.",
    ):
        assert words in page
    sent = Client().post(url(response, "endorsements:ballot_preview"), {"words": "It is Rivera-Lopez."}, **OURS)
    assert sent.status_code == 302
    assert Correction.objects.get().kind == "ballot"


def test_the_preview_says_what_the_ballot_says(response):
    """Word for word: the candidate's card on the ballot page is the preview's."""

    NominationFactory(candidacy=response.candidacy, group=GroupFactory(name="Alpha"), state="accepted")
    contest = Contest.objects.create(round=response.candidacy.round, race=response.candidacy.race, ballot="yes_no")
    for option in candidacies.options_for(contest, [response.candidacy]):
        option.save()
    [made] = ballots.papers(roll.on_ballots([contest.pk]), 7)
    shown = paper_of(Response.objects.get().candidacy)
    assert (shown.question, shown.candidates) == (made.question, made.candidates)


def test_a_rival_in_the_race_changes_the_question_and_is_not_shown(response):
    CandidacyFactory(name="Bo Stone", blurb="Roads.", race=response.candidacy.race, round=response.candidacy.round)
    page = Client().get(url(response, "endorsements:ballot_preview")).content.decode()
    assert "Whom should we endorse" in page
    assert "Bo Stone" not in page


def test_the_ballot_once_made_is_not_previewed(response):
    type(response.candidacy).objects.update(state="on_ballot")
    assert Client().get(url(response, "endorsements:ballot_preview")).status_code == 302


def test_the_desk_lists_decides_and_says_that_a_second_is_needed(response, client, dee):
    correction = asked(response)
    client.force_login(dee)
    assert "Corrections that campaigns ask for" in client.get("/desk/").content.decode()
    assert "Jane Rivera" in client.get("/desk/vetting/correction/").content.decode()
    page = client.post(f"/desk/vetting/correction/{correction.pk}/make/", {"reason": "A slip."}, follow=True)
    assert "A second person has to agree" in page.content.decode()
    page = client.post(f"/desk/vetting/correction/{correction.pk}/make/", {"reason": "A slip."})
    assert (page.status_code, "You said so yourself" in page.content.decode()) == (400, True)
