"""The public questionnaire, and the answers as leaders read them."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from journal import reading
from journal.models import Entry
from tests.data import shared
from tests.factories.groups import LeadershipFactory, UserFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory
from tests.factories.vetting import QuestionnaireFactory, ResponseFactory, ReviewFactory
from vetting import importing
from vetting.models import Question, Response

pytestmark = pytest.mark.django_db

PUBLIC = "/questionnaire/"


def text_of(page):
    return " ".join(page.content.decode().split())


@pytest.fixture
def candidacy(group):
    jane = CandidacyFactory(name="Jane Rivera", gates=2)
    NominationFactory(candidacy=jane, group=group)
    return jane


def address(candidacy):
    return reverse("vetting:answers", args=[candidacy.pk])


def sent(candidacy, **rest):
    scored = {"right": 3, "total": 4, "passed": False, "baseline_missed": [1]} | rest
    signed = {"submitted_at": START, "signed_name": "Maria", "signed_role": "Manager"}
    return ResponseFactory(candidacy=candidacy, answers={1: "no", 2: "yes", 3: "no", 4: "agree"}, **signed, **scored)


# The questionnaire


def test_everybody_may_read_the_current_version(client):
    QuestionnaireFactory(questions=True, version="2026-b")
    QuestionnaireFactory(cycle__year=2024)

    text = text_of(client.get(PUBLIC))

    assert "version 2026-b, 2026 elections" in text
    assert "7 questions" in text
    assert 'Democracy <span class="tag">Core priority</span>' in text
    assert "at least 80% of the scored answers must be right" in text


@pytest.mark.parametrize(
    ("office", "asked"), [("house", 6), ("governor", 7), ("", 7), ("mayor", 7), ("\0", 7), ("x" * 5000, 7)]
)
def test_questions_for_one_office(client, office, asked):
    QuestionnaireFactory(questions=True)

    page = client.get(PUBLIC, {"office": office})

    assert page.status_code == 200
    assert f"{asked} questions" in text_of(page)


def test_the_page_does_not_tell_which_answer_is_right(client):
    QuestionnaireFactory(questions=True)
    before = client.get(PUBLIC).content
    Question.objects.update(right_answers=["no"], baseline=False)

    assert client.get(PUBLIC).content == before


def test_before_there_is_a_version(client):
    QuestionnaireFactory(current=False)

    assert "There is no questionnaire yet." in text_of(client.get(PUBLIC))


def test_the_public_page_is_only_read(client):
    assert client.post(PUBLIC).status_code == 405


def test_the_sample_reads_whole_in_the_same_queries(client, dee, django_assert_num_queries):
    cycle = QuestionnaireFactory(questions=True).cycle
    with django_assert_num_queries(2):
        client.get(PUBLIC)
    content = shared("questionnaire_sample.csv").read_bytes()
    importing.take_in(content, cycle=cycle, version="v2", title="Sample", current=True, by=dee, now=START)

    with django_assert_num_queries(2):
        assert "33 questions" in text_of(client.get(PUBLIC))


# The answers


def test_a_leader_of_a_nominating_group_reads_all(client, ada, candidacy):
    client.force_login(ada)
    sent(candidacy)
    ReviewFactory(candidacy=candidacy, reason="We wait for a call.")

    page = client.get(address(candidacy))

    text = text_of(page)
    assert "no-store" in page["Cache-Control"]
    assert "<strong>Not passed</strong>: 3 of 4 right, baseline missed: 1." in text
    assert '<span class="tag stop">Baseline missed</span>' in text
    assert "Signed by Maria (Manager)" in text
    assert "The campaign did not agree to publish its answers." in text
    assert "<strong>On hold</strong>" in text
    assert "We wait for a call." in text
    assert "evidence of recommended" in text


def test_what_the_campaign_has_not_sent_is_its_own(client, ada, candidacy):
    client.force_login(ada)
    ResponseFactory(candidacy=candidacy, answers={6: "Draft of mine."})

    text = text_of(client.get(address(candidacy)))

    assert "has not sent its answers yet" in text
    assert "Draft of mine." not in text


def test_late_answers_are_read_without_a_score(client, ada, candidacy):
    client.force_login(ada)
    sent(candidacy, right=None, total=None, passed=None, baseline_missed=[])

    assert "They are kept and not scored." in text_of(client.get(address(candidacy)))


def test_before_the_campaign_is_asked(client, ada, candidacy):
    client.force_login(ada)

    assert "The campaign has not been asked yet." in text_of(client.get(address(candidacy)))


def test_others_find_nothing(client, ada, cem, group, candidacy):
    sent(candidacy)
    assert client.get(address(candidacy)).status_code == 302  # to sign in

    waiting = UserFactory()
    LeadershipFactory(group=group, user=waiting, confirmed_at=None)
    for user in (cem, waiting, UserFactory(is_staff=True)):
        client.force_login(user)
        assert client.get(address(candidacy)).status_code == 404


def test_staff_who_vet_read_it(client, dee, candidacy):
    client.force_login(dee)

    assert client.get(address(candidacy)).status_code == 200
    assert Entry.objects.get(verb=reading.OPENED).subject == f"candidacy:{candidacy.pk}"


def test_staff_without_a_second_factor_read_it_no_more_than_at_the_desk(client, dee, candidacy, settings):
    settings.SECOND_FACTOR_FORCED = True
    client.force_login(dee)
    assert client.get(address(candidacy)).status_code == 404

    Authenticator.objects.create(user=dee, type=Authenticator.Type.TOTP, data={"secret": ""})
    assert client.get(address(candidacy)).status_code == 200


def test_a_leader_needs_no_second_factor(client, ada, candidacy, settings):
    settings.SECOND_FACTOR_FORCED = True
    client.force_login(ada)

    assert client.get(address(candidacy)).status_code == 200
    assert not Entry.objects.filter(verb=reading.OPENED).exists()


@pytest.mark.parametrize("state", ["draft", "returned", "refused", "withdrawn"])
def test_a_group_whose_nomination_does_not_count_finds_nothing(client, ada, candidacy, state):
    candidacy.nominations.update(state=state)
    client.force_login(ada)

    assert client.get(address(candidacy)).status_code == 404


@pytest.mark.parametrize("pk", [0, 10**9, 10**30])
def test_a_candidacy_that_is_not_there(client, ada, pk):
    client.force_login(ada)

    assert client.get(f"/lead/candidates/{pk}/answers/").status_code == 404


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_changes_nothing(client, ada, candidacy, method):
    client.force_login(ada)
    sent(candidacy)
    before = (list(Response.objects.values()), Entry.objects.count())

    getattr(client, method)(address(candidacy))

    assert (list(Response.objects.values()), Entry.objects.count()) == before
    assert client.post(address(candidacy)).status_code == 405
