"""Who is asked, and who is reminded, when."""

from datetime import timedelta

import pytest

from mailings.models import Letter
from rounds.models import Candidacy, Nomination
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import QuestionnaireFactory, ResponseFactory
from vetting import answering, emails, inviting
from vetting.models import Response
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DUE = START + 7 * DAY


def named(state=Nomination.State.ACCEPTED, **rest):
    candidacy = CandidacyFactory(**rest)
    NominationFactory(candidacy=candidacy, state=state)
    return candidacy


def letters(name):
    return list(Letter.objects.filter(name=name).order_by("seat").values_list("seat", flat=True))


def test_a_campaign_is_asked_once_its_first_nomination_is_accepted():
    version = QuestionnaireFactory(questions=True)
    candidacy = named()
    NominationFactory(candidacy=candidacy)

    assert inviting.invite_due(START) == 1

    response = Response.objects.get()
    version.refresh_from_db()
    assert (response.candidacy, response.questionnaire, response.invited_at) == (candidacy, version, START)
    assert (response.sent_at, response.due_at) == (None, None)
    assert version.frozen_at == START
    assert letters("vetting.questionnaire") == [response.pk]


def test_asking_twice_adds_nothing():
    QuestionnaireFactory(questions=True)
    named()

    assert [inviting.invite_due(START), inviting.invite_due(START + DAY)] == [1, 0]
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("state", [s for s in Nomination.State if s != Nomination.State.ACCEPTED and s != "draft"])
def test_only_an_accepted_nomination_asks(state):
    QuestionnaireFactory(questions=True)
    named(state=state)

    assert inviting.invite_due(START) == 0


@pytest.mark.parametrize("state", Candidacy.State)
def test_only_who_stands_is_asked(state):
    QuestionnaireFactory(questions=True)
    candidacy = CandidacyFactory(state=state)
    NominationFactory(candidacy=candidacy)

    assert inviting.invite_due(START) == (state in Candidacy.STANDING)


def test_without_a_current_version_nobody_is_asked():
    QuestionnaireFactory(questions=True, current=False)
    QuestionnaireFactory(questions=True, cycle__year=2028)
    named()

    assert inviting.invite_due(START) == 0


@pytest.mark.parametrize(("days", "in_round"), [(7, False), (7, True), (10, True)])
def test_the_time_runs_from_the_letter_and_only_once(days, in_round):
    round = RoundFactory(questionnaire_days=days) if in_round else None
    response = ResponseFactory(candidacy=CandidacyFactory(round=round), sent_at=None, due_at=None)

    assert inviting.mark_sent([response], now=START) == 1
    assert inviting.mark_sent([response], now=START + DAY) == 0

    response.refresh_from_db()
    assert (response.sent_at, response.due_at) == (START, START + days * DAY)


def test_more_time_holds_for_a_rival_whose_letter_goes_out_later(dee):
    first = ResponseFactory()
    waiting = ResponseFactory(candidacy=CandidacyFactory(race=first.candidacy.race), sent_at=None, due_at=None)
    late = ResponseFactory(candidacy=CandidacyFactory(race=first.candidacy.race), sent_at=None, due_at=None)
    elsewhere = ResponseFactory(candidacy=CandidacyFactory(race__office="senate"), sent_at=None, due_at=None)
    given = START + 10 * DAY
    answering.extend(first, due_at=given, by=dee, now=START + DAY, reason="Snow.")
    inviting.post(waiting, now=START + 2 * DAY)
    [(_pk, draft)] = emails.questionnaire(Letter.objects.filter(name="vetting.questionnaire"), START + 2 * DAY).items()
    assert "Thursday, February 12, 2026" in draft.context["due"]

    inviting.mark_sent([waiting, elsewhere], now=START + 2 * DAY)
    inviting.mark_sent([late], now=START + 4 * DAY)

    due = {one.pk: one.due_at for one in Response.objects.all()}
    assert (due[first.pk], due[waiting.pk]) == (given, given)
    assert due[elsewhere.pk] == START + 9 * DAY
    assert due[late.pk] == START + 11 * DAY  # her own seven days are longer


def test_a_new_link_and_its_letter(dee):
    response = ResponseFactory()
    inviting.post(response, now=START)

    inviting.send_anew(response, by=dee, now=START, reason="Mended address.")

    assert response.generation == 1
    assert response.due_at == DUE
    assert list(Letter.objects.order_by("wave").values_list("wave", flat=True)) == [0, 1]


def test_a_new_link_needs_a_reason_and_an_open_questionnaire(dee):
    response = ResponseFactory()
    with pytest.raises(Refusal, match="Say why"):
        inviting.send_anew(response, by=dee, now=START, reason=" ")
    response.submitted_at = START
    response.save()
    with pytest.raises(Refusal, match="have been sent"):
        inviting.send_anew(response, by=dee, now=START, reason="Mended.")


# Reminders

MINUTE = timedelta(minutes=1)


HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "number"), [(START + 3.5 * DAY, 1), (DUE - 48 * HOUR, 2), (DUE - 12 * HOUR, 3)], ids=["half", "48", "12"]
)
def test_reminders_go_at_half_time_and_48_and_12_hours_before(moment, number):
    response = ResponseFactory()
    earlier = inviting.remind_due(moment - SECOND)
    assert earlier == (number > 1)
    assert inviting.remind_due(moment) == 1
    assert inviting.remind_due(moment + SECOND) == 0
    assert letters("vetting.reminder") == [response.pk] * (1 + earlier)
    assert [wave % 10 for wave in Letter.objects.order_by("pk").values_list("wave", flat=True)][-1] == number


def test_each_reminder_is_sent_once_and_none_after_the_deadline():
    ResponseFactory()

    hours = [START + timedelta(hours=n) for n in range(200)]
    assert sum(inviting.remind_due(now) for now in hours) == 3
    assert [wave % 10 for wave in Letter.objects.order_by("pk").values_list("wave", flat=True)] == [1, 2, 3]


def test_after_an_outage_only_the_latest_one_goes():
    ResponseFactory()
    assert inviting.remind_due(DUE - HOUR) == 1
    assert Letter.objects.get().wave % 10 == 3


def test_a_later_deadline_brings_its_own_reminders_but_not_with_the_letter_that_tells_it(dee):
    response = ResponseFactory()
    inviting.remind_due(DUE - DAY)
    given = DUE - HOUR
    answering.extend(response, due_at=DUE + DAY, by=dee, now=given, reason="The form was down.")
    assert inviting.remind_due(given) == 0
    assert inviting.remind_due(DUE + 12 * HOUR - SECOND) == 0
    assert inviting.remind_due(DUE + 12 * HOUR) == 1


def test_reminders_take_two_queries_however_many_campaigns(django_assert_num_queries):
    for office in ("house", "senate", "governor"):
        ResponseFactory(candidacy=CandidacyFactory(race__office=office))
    inviting.remind_due(DUE - HOUR)
    with django_assert_num_queries(2):
        assert inviting.remind_due(DUE - HOUR) == 0


def test_who_sent_or_is_out_or_was_just_asked_is_not_reminded():
    race = {"race__office": "senate"}
    ResponseFactory(submitted_at=START)
    ResponseFactory(candidacy=CandidacyFactory(state="withdrawn", **race))
    ResponseFactory(candidacy=CandidacyFactory(**race), sent_at=None, due_at=None)
    ResponseFactory(candidacy=CandidacyFactory(**race), sent_at=DUE - 2 * DAY, due_at=DUE)

    assert inviting.remind_due(DUE - 2 * DAY) == 0
