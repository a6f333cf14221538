"""The answers of a race side by side."""

import pytest
from django.core import mail
from django.urls import reverse

from journal import clock, reading
from journal.models import Entry
from mailings import postroom
from mailings.models import Letter
from tests.factories.rounds import START, CandidacyFactory, NominationFactory
from tests.factories.vetting import ALL_RIGHT, QuestionnaireFactory, RecusalFactory, ResponseFactory
from tests.vetting.reviewer import page_of, race_in, text_of, vetter
from vetting import comparing, correcting
from vetting.models import Correction, Question

pytestmark = pytest.mark.django_db


@pytest.fixture
def race():
    return race_in(7)


def answered(name, answers, race, **rest):
    candidacy = CandidacyFactory(name=name, race=race, gates=2)
    NominationFactory(candidacy=candidacy)
    ResponseFactory(candidacy=candidacy, answers=answers, submitted_at=START, **rest)
    return candidacy


def told(found):
    """{section: {question: {name: value}}} of each table."""
    return [
        {
            section.title: {row.question.number: {one.name: line.value for one, line in row.cells} for row in rows}
            for section, _columns, rows in table.topics
        }
        for table in found["tables"]
    ]


def test_answers_stand_question_by_question(ray, race):
    jane = answered("Jane", ALL_RIGHT, race)
    answered("Rita", ALL_RIGHT | {2: "no"}, race)
    silent = CandidacyFactory(name="Sam", race=race)
    NominationFactory(candidacy=silent)

    found = comparing.side_by_side(jane, reader=ray)

    assert told(found) == [
        {
            "Democracy": {
                1: {"Jane": "yes", "Rita": "yes"},
                2: {"Jane": "yes", "Rita": "no"},
                3: {"Jane": "no", "Rita": "no"},
            },
            "Economy": {4: {"Jane": "agree", "Rita": "agree"}},
            "About you": {6: {"Jane": "", "Rita": ""}},
        }
    ]
    assert [one.name for one in found["silent"]] == ["Sam"]
    only = comparing.side_by_side(jane, reader=ray, differing=True)
    assert told(only) == [{"Democracy": {2: {"Jane": "yes", "Rita": "no"}}}]


def test_core_priorities_come_first(ray, race):
    jane = answered("Jane", ALL_RIGHT, race)
    questionnaire = jane.response.questionnaire
    questionnaire.sections.filter(title="Democracy").update(core_priority=False)
    questionnaire.sections.filter(title="Economy").update(core_priority=True)

    assert list(told(comparing.side_by_side(jane, reader=ray))[0]) == ["Economy", "Democracy", "About you"]


def test_two_versions_stand_in_two_tables(ray, race):
    jane = answered("Jane", ALL_RIGHT, race)
    other = QuestionnaireFactory(cycle=jane.race.cycle, questions=True, current=False)
    answered("Rita", {1: "no"}, race, questionnaire=other)

    first, second = told(comparing.side_by_side(jane, reader=ray))

    assert (first["Democracy"][1], second["Democracy"][1]) == ({"Jane": "yes"}, {"Rita": "no"})


def test_the_page_is_read_and_that_is_written_down(desk, race, ray):
    jane = answered("Jane", ALL_RIGHT, race, right=4, total=4, passed=True)
    rita = answered("Rita", {1: "no"}, race, right=0, total=4, passed=False, baseline_missed=[1])

    text = text_of(desk.get(page_of(jane, "answers")))

    assert "4 of 4 right, all baseline right" in text
    assert "Jane: 3 of 3 · Rita: 0 of 3" in text
    assert '<dt>Rita</dt> <dd><span class="desk-tag stop">not right</span> No<br><a' in text
    read = Entry.objects.filter(verb=reading.FOUND)
    assert {entry.subject for entry in read} == {f"candidacy:{one.pk}" for one in (jane, rita)}
    only = text_of(desk.get(page_of(jane, "answers") + "?only=differing"))
    assert ("1. Will" in only, "6. Will" in only) == (True, False)


def test_who_recused_herself_does_not_read_that_column(desk, race, ray):
    jane, rita = answered("Jane", ALL_RIGHT, race), answered("Rita", {1: "no"}, race)
    RecusalFactory(candidacy=rita, person=ray)

    text = text_of(desk.get(page_of(jane, "answers")))

    assert "1 file is not shown: you recused yourself." in text
    assert "Rita" not in text
    assert desk.get(page_of(rita, "answers")).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_the_same_queries_however_many(desk, race, rows, django_assert_num_queries):
    many = [answered(f"Name {n}", ALL_RIGHT, race) for n in range(rows)]
    desk.get(page_of(many[0], "answers"))

    with django_assert_num_queries(8):
        desk.get(page_of(many[0], "answers"))


def test_a_recording_error_is_corrected_by_two_with_a_reason(client, race, ray, set_clock):
    jane = answered("Jane", ALL_RIGHT | {1: "no"}, race, right=3, total=4, passed=False, baseline_missed=[1])
    lead, second = vetter("Lea", "Vetting lead"), vetter("Mia", "Vetting lead")
    question = Question.objects.get(section__questionnaire=jane.response.questionnaire, number=1)
    at = reverse("admin:vetting_vettingfile_correct", args=[jane.pk, question.pk])
    client.force_login(lead)
    assert at in client.get(page_of(jane, "answers")).content.decode()
    assert "Change the answer first" in text_of(client.post(at, {"value": "no", "words": "x"}))

    client.post(at, {"value": "yes", "words": "She said yes on the phone."})

    correction = Correction.objects.get()
    assert (correction.asked_by, correction.before, correction.value) == ("Lea", "no", "yes")
    decide = reverse("admin:vetting_correction_decide", args=[correction.pk, "make"])
    for person, stands in [(lead, "no"), (lead, "no"), (second, "yes")]:
        client.force_login(person)
        client.post(decide, {"reason": "We heard it both."})
        assert jane.response.answers.get(question=question).value == stands
    jane.response.refresh_from_db()
    assert (jane.response.right, jane.response.baseline_missed, jane.response.passed) == (4, [], True)
    assert Entry.objects.get(verb="correction.asked").actor_name == "Lea"
    postroom.send_due(clock.now())
    [letter] = [one for one in mail.outbox if one.to[0].endswith(jane.campaign_email + ">")]
    assert "The answer to question 1 for Jane was recorded otherwise than you gave it." in letter.body


def test_the_campaign_hears_nothing_of_an_error_that_was_none(race, ray, dee, set_clock):
    jane = answered("Jane", ALL_RIGHT, race)
    question = Question.objects.get(section__questionnaire=jane.response.questionnaire, number=1)
    said = {"value": "no", "words": "I misheard.", "now": START, "by": dee}
    correction = correcting.ask_about_answer(jane.response, question, **said)

    assert correcting.decline(correction, by=ray, now=START, reason="It stands as sent.") is True

    assert not Letter.objects.filter(name="vetting.corrected").exists()


def test_no_recording_error_is_corrected_by_who_only_reads_or_once_vetting_has_decided(client, race, dee):
    jane = answered("Jane", ALL_RIGHT, race)
    question = Question.objects.get(section__questionnaire=jane.response.questionnaire, number=1)
    at = reverse("admin:vetting_vettingfile_correct", args=[jane.pk, question.pk])
    client.force_login(vetter("Uma", "Auditor"))
    assert client.get(page_of(jane, "answers")).status_code == 200
    assert client.post(at, {"value": "no", "words": "x"}).status_code == 403

    client.force_login(dee)
    jane.state = "cleared"
    jane.save()
    assert at not in client.get(page_of(jane, "answers")).content.decode()
    assert "too late" in text_of(client.post(at, {"value": "no", "words": "x"}))
    assert client.get(reverse("admin:vetting_vettingfile_correct", args=[jane.pk, 999])).status_code == 404
    assert not Correction.objects.exists()
