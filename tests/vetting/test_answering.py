"""What a campaign does: save, send, ask for time."""

from datetime import timedelta

import pytest

from journal.models import Entry
from mailings.models import Letter
from rounds.models import Candidacy, Nomination
from tests.factories.groups import LeadershipFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory
from tests.factories.vetting import ALL_RIGHT, ResponseFactory
from vetting import answering
from vetting.models import Question
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db

DUE = START + timedelta(days=7)
SIGNED = {"name": "Maria Lopez", "role": "Manager", "may_publish": True}


@pytest.fixture
def response(group, ada):
    """A campaign that was asked; Ada's group named its candidate."""
    candidacy = CandidacyFactory(name="Jane Rivera")
    NominationFactory(candidacy=candidacy, group=group)
    return ResponseFactory(candidacy=candidacy)


def key(response, number):
    return Question.objects.get(section__questionnaire=response.questionnaire, number=number).pk


def save(response, answers, *, now=START, by_name="Maria"):
    keyed = {key(response, number): pair for number, pair in answers.items()}
    return answering.save_answers(response, answers=keyed, by_name=by_name, now=now)


def stored(response):
    rows = response.answers.order_by("question__number")
    return [(one.question.number, one.value, one.explanation, one.edited_by) for one in rows.select_related("question")]


def letters():
    return sorted(Letter.objects.values_list("name", "subject", "seat"))


def test_answers_are_kept_with_who_typed_them(response):
    assert save(response, {1: ("yes", "Of course."), 6: (" Because.\r\nTwice. ", None)}) == 2

    assert stored(response) == [(1, "yes", "Of course.", "Maria"), (6, "Because.\nTwice.", "", "Maria")]


def test_saving_the_same_twice_changes_nothing(response):
    save(response, {1: ("yes", "")})

    assert save(response, {1: ("yes", "")}, by_name="Tom") == 0
    assert stored(response) == [(1, "yes", "", "Maria")]


def test_none_leaves_what_stands(response):
    save(response, {1: ("yes", "Of course.")})

    save(response, {1: (None, "Sure.")}, by_name="Tom")

    assert stored(response) == [(1, "yes", "Sure.", "Tom")]


def test_an_answer_can_be_blanked(response):
    save(response, {1: ("yes", "")})
    assert save(response, {1: ("", "")}) == 1
    assert stored(response) == [(1, "", "", "Maria")]


@pytest.mark.parametrize(
    ("number", "value"), [(1, "maybe"), (1, "agree"), (4, "yes"), (1, "Yes"), (1, "y\0es"), (6, "x" * 20_001)]
)
def test_what_was_not_offered_is_refused_whole(response, number, value):
    with pytest.raises(Refusal):
        save(response, {2: ("yes", ""), number: (value, "")})
    assert stored(response) == []


def test_questions_of_another_office_or_form_are_refused(response):
    with pytest.raises(Refusal, match="not on your questionnaire"):
        save(response, {5: ("yes", "")})
    with pytest.raises(Refusal, match="not on your questionnaire"):
        answering.save_answers(response, answers={10**9: ("yes", "")}, by_name="", now=START)


def test_sending_scores_and_tells_the_leaders(response, ada, cem):
    save(response, {number: (value, "") for number, value in ALL_RIGHT.items() if number != 5})

    assert answering.submit(response, **SIGNED, now=DUE)

    assert (response.right, response.total, response.baseline_missed, response.passed) == (4, 4, [], True)
    assert (response.submitted_at, response.signed_name, response.signed_role) == (DUE, "Maria Lopez", "Manager")
    assert response.may_publish
    assert stored(response)[-1] == (7, "yes", "", "Maria Lopez")
    assert letters() == [
        ("vetting.answered", response.pk, response.pk),
        ("vetting.scored", response.pk, ada.pk),
    ]
    assert list(Entry.objects.order_by("id").values_list("verb", "actor")) == [
        ("response.submitted", f"campaign:{response.candidacy_id}"),
        ("response.scored", "clock"),
    ]


@pytest.mark.parametrize(("wrong", "passed"), [({4: "neutral"}, False), ({}, True)])
def test_three_of_four_is_under_eighty_percent(response, wrong, passed):
    save(response, {number: (value, "") for number, value in (ALL_RIGHT | wrong).items() if number != 5})

    answering.submit(response, **SIGNED, now=START)

    assert (response.right, response.passed) == (3 if wrong else 4, passed)


def test_a_missed_baseline_question_is_named(response):
    save(response, {number: (value, "") for number, value in (ALL_RIGHT | {1: "no"}).items() if number != 5})

    answering.submit(response, **SIGNED, now=START)

    assert (response.right, response.baseline_missed, response.passed) == (3, [1], False)


def test_sending_twice_does_no_harm(response):
    answering.submit(response, **SIGNED, now=START)
    before = (letters(), Entry.objects.count())

    assert not answering.submit(response, name="Else", role="X", may_publish=False, now=DUE)

    assert (letters(), Entry.objects.count()) == before
    assert (response.signed_name, response.submitted_at) == ("Maria Lopez", START)


@pytest.mark.parametrize(
    ("now", "scored"), [(DUE - timedelta(minutes=1), True), (DUE, True), (DUE + timedelta(minutes=1), False)]
)
def test_only_what_comes_in_time_is_scored(response, now, scored):
    answering.submit(response, **SIGNED, now=now)

    assert (response.passed is not None) is scored
    assert response.late is not scored
    assert [name for name, *_rest in letters()] == ["vetting.answered"] + ["vetting.scored"] * scored


@pytest.mark.parametrize(
    "lacking", [{"name": ""}, {"role": "  "}, {"name": "x" * 121}, {"may_publish": None}, {"name": "a\0b"}]
)
def test_a_signature_must_be_whole(response, lacking):
    with pytest.raises(Refusal):
        answering.submit(response, **(SIGNED | lacking), now=START)
    response.refresh_from_db()
    assert response.submitted_at is None
    assert not Letter.objects.exists()


def test_after_sending_nothing_is_saved(response):
    answering.submit(response, **SIGNED, now=START)

    with pytest.raises(Refusal, match="have been sent"):
        save(response, {1: ("yes", "")})


@pytest.mark.parametrize("state", ["withdrawn", "declined", "on_ballot"])
def test_a_candidacy_that_is_over_takes_no_answers(response, state):
    type(response.candidacy).objects.update(state=state)

    with pytest.raises(Refusal, match="closed"):
        save(response, {1: ("yes", "")})
    with pytest.raises(Refusal, match="closed"):
        answering.submit(response, **SIGNED, now=START)
    with pytest.raises(Refusal, match="closed"):
        answering.ask_for_time(response, reason="Please.", now=START)


def test_leaders_of_groups_that_took_their_word_back_are_not_told(response, ada):
    Nomination.objects.update(state="withdrawn")

    answering.submit(response, **SIGNED, now=START)

    assert letters() == [("vetting.answered", response.pk, response.pk)]


def test_leaders_who_wait_to_be_confirmed_are_not_told(response, ada, group):
    LeadershipFactory(group=group, confirmed_at=None)

    answering.submit(response, **SIGNED, now=START)

    assert ("vetting.scored", response.pk, ada.pk) in letters()
    assert len(letters()) == 2


# More time


def test_no_more_time_is_said_with_a_reason_once_and_may_be_asked_again(response, dee):
    assert answering.refuse_time(response, by=dee, now=START, reason="Nobody asked.") is False
    answering.ask_for_time(response, reason="Illness.", now=START)
    with pytest.raises(Refusal, match="Say why"):
        answering.refuse_time(response, by=dee, now=START, reason=" ")

    assert answering.refuse_time(response, by=dee, now=START, reason="The freeze is near.") is True
    assert answering.refuse_time(response, by=dee, now=START, reason="Again.") is False

    assert (response.asks_for_time, response.more_time_refused, response.due_at) == (False, "The freeze is near.", DUE)
    assert letters() == [("vetting.no_more_time", response.pk, response.pk)]
    answering.ask_for_time(response, reason="Still ill.", now=DUE)
    assert (response.asks_for_time, response.more_time_refused) == (True, "")
    answering.refuse_time(response, by=dee, now=DUE, reason="Still no.")
    assert len(letters()) == 2
    answering.extend(response, due_at=DUE + timedelta(days=1), by=dee, now=DUE, reason="Snow.")
    assert response.more_time_refused == ""


def test_more_time_moves_the_deadline_of_every_campaign_in_the_race(response, dee):
    rival = ResponseFactory(candidacy=CandidacyFactory(race=response.candidacy.race))
    stranger = ResponseFactory(candidacy=CandidacyFactory(race__office="senate"))
    later = DUE + timedelta(days=2)
    answering.ask_for_time(response, reason="Illness.", now=START)

    assert answering.extend(response, due_at=later, by=dee, now=DUE, reason="Snow.") == 2

    for one, due_at in [(response, later), (rival, later), (stranger, DUE)]:
        one.refresh_from_db()
        assert one.due_at == due_at
    assert (response.extended_reason, response.asks_for_time) == ("Snow.", False)
    assert letters() == [("vetting.extended", one.pk, one.pk) for one in (response, rival)]


def test_more_time_twice_does_no_harm(response, dee):
    later = DUE + timedelta(days=2)
    answering.extend(response, due_at=later, by=dee, now=DUE, reason="Snow.")
    entries = Entry.objects.count()

    assert answering.extend(response, due_at=later, by=dee, now=DUE, reason="Snow.") == 0

    assert (len(letters()), Entry.objects.count()) == (1, entries)


def test_late_answers_are_scored_once_there_is_more_time(response, dee, ada):
    save(response, {number: (value, "") for number, value in ALL_RIGHT.items() if number != 5})
    late = DUE + timedelta(hours=1)
    answering.submit(response, **SIGNED, now=late)

    answering.extend(response, due_at=DUE + timedelta(days=1), by=dee, now=late, reason="Snow.")

    assert (response.passed, response.late) == (True, False)
    assert ("vetting.scored", response.pk, ada.pk) in letters()


@pytest.mark.parametrize("state", Candidacy.State.values)
def test_more_time_touches_only_those_about_whom_vetting_may_still_decide(response, dee, state):
    """A late candidate whom staff declined may still be scored and cleared; one who is through or out is left alone."""
    rival = ResponseFactory(candidacy=CandidacyFactory(race=response.candidacy.race))
    late = DUE + timedelta(hours=1)
    answering.submit(response, **SIGNED, now=late)
    Candidacy.objects.filter(pk=response.candidacy_id).update(state=state)
    undecided = state in ("nominated", "cleared", "held", "declined")

    assert answering.extend(rival, due_at=DUE + timedelta(days=1), by=dee, now=late, reason="Snow.") == 1 + undecided

    response.refresh_from_db()
    assert (response.passed is not None, response.due_at > DUE) == (undecided, undecided)


def test_who_is_scored_asks_for_no_more_time(response):
    answering.ask_for_time(response, reason="Illness.", now=START)
    answering.submit(response, **SIGNED, now=DUE)
    assert (response.passed, response.asks_for_time) == (False, False)


@pytest.mark.parametrize(
    ("hours", "now_hours", "reason"), [(-1, 0, "Snow."), (1, 2, "Snow."), (1, 1, "Snow."), (1, 0, " ")]
)
def test_more_time_must_be_later_and_have_a_reason(response, dee, hours, now_hours, reason):
    with pytest.raises(Refusal):
        answering.extend(
            response,
            due_at=DUE + timedelta(hours=hours),
            by=dee,
            now=DUE + timedelta(hours=now_hours),
            reason=reason,
        )
    response.refresh_from_db()
    assert response.due_at == DUE


def test_time_that_has_not_begun_can_not_be_longer(response, dee):
    response.sent_at = response.due_at = None
    response.save()

    with pytest.raises(Refusal, match="has not gone out"):
        answering.extend(response, due_at=DUE, by=dee, now=START, reason="Snow.")


def test_no_more_time_once_scored(response):
    answering.submit(response, **SIGNED, now=START)

    with pytest.raises(Refusal, match="no more time"):
        answering.ask_for_time(response, reason="Please.", now=START)
