"""The vetting desk."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from mailings.models import Letter
from rounds.models import Candidacy, Gate
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import PartnerEndorsementFactory, QuestionnaireFactory, ResponseFactory, ReviewFactory
from vetting import answering, links
from vetting.models import Review

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:vetting_vettingfile_changelist")


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def ready(**rest):
    """A candidacy that a reviewer may clear."""
    candidacy = CandidacyFactory(gates=2, **rest)
    NominationFactory(candidacy=candidacy)
    scored = {"right": 4, "total": 4, "passed": True}
    ResponseFactory(candidacy=candidacy, submitted_at=START + timedelta(days=1), answers={1: "yes"}, **scored)
    return candidacy


def file_of(candidacy):
    return reverse("admin:vetting_vettingfile_change", args=[candidacy.pk])


def decision(**fields):
    typed = {"decision": "clear", "reason": "A good file.", "call_with_groups": "", "sources": "votes"} | fields
    return {"act": "decide"} | {f"decide-{name}": value for name, value in typed.items()}


def text_of(page):
    return " ".join(page.content.decode().split())


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_takes_the_same_queries_however_long(desk, rows, django_assert_num_queries):
    round = RoundFactory()
    for _ in range(rows):
        ReviewFactory(candidacy=ready(round=round))
    desk.get(QUEUE)

    with django_assert_num_queries(7):
        page = desk.get(QUEUE)

    assert text_of(page).count("4 of 4 right, all baseline right") == rows
    assert text_of(page).count("On hold</td>") == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_a_file_takes_the_same_queries_however_thick(desk, rows, django_assert_num_queries):
    candidacy = ready(round=RoundFactory())
    for n in range(rows):
        NominationFactory(candidacy=candidacy)
        PartnerEndorsementFactory(candidacy=candidacy)
        ReviewFactory(candidacy=candidacy)
        NominationFactory(candidacy=CandidacyFactory(race=candidacy.race, name=f"Rival {n}"))
    desk.get(file_of(candidacy))

    with django_assert_num_queries(10):
        desk.get(file_of(candidacy))


def test_a_file_shows_all_that_counts(desk):
    candidacy = ready(name="Jane Rivera", first_run=True)
    PartnerEndorsementFactory(candidacy=candidacy, organisation="Friends of Rivers")
    NominationFactory(candidacy=CandidacyFactory(race=candidacy.race, name="Rita Rival"))
    candidacy.response.baseline_missed = [1]
    candidacy.response.answers.update(value="no")
    candidacy.response.save()

    text = text_of(desk.get(file_of(candidacy)))

    assert "82 in favor, 10 against, 0 abstained, 120 could vote" in text
    assert 'Democracy <span class="desk-tag">core</span>: 0 of 3' in text
    assert '<span class="desk-tag stop">Baseline missed</span> 1. Will you vote for bill 1? – No' in text
    assert "Friends of Rivers" in text
    assert "Rita Rival</a>" in text
    assert "First run: yes" in text
    assert "evidence of recommended" in text
    assert "style=" not in text.partition('<div class="desk-file">')[2]


def test_clearing_from_the_file(desk, dee):
    candidacy = ready(name="Jane Rivera")

    page = desk.post(file_of(candidacy), decision(), follow=True)

    candidacy.refresh_from_db()
    gate = candidacy.gates.get(kind=Gate.Kind.CLEARED)
    assert candidacy.state == Candidacy.State.CLEARED
    assert gate.evidence == "4 of 4 right, all baseline right; cleared by Dee Dorn: A good file."
    assert "Jane Rivera, MA-07: Cleared. The groups get a letter." in text_of(page)


def test_a_refusal_is_shown_and_what_was_typed_stays(desk):
    candidacy = CandidacyFactory()

    page = desk.post(file_of(candidacy), decision(reason="I typed this."))

    text = text_of(page)
    assert page.status_code == 400
    assert "has not passed the gate “Endorsed by a local group” yet." in text
    assert "I typed this.</textarea>" in text
    assert not Review.objects.exists()


def test_declining_needs_a_call(desk):
    page = desk.post(file_of(ready()), decision(decision="decline"))

    assert page.status_code == 400
    assert "Before you decline, talk with the groups" in text_of(page)


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": ""},
        {"decision": "endorse"},
        {"reason": ""},
        {"reason": "x" * 10_001},
        {"reason": "a\0b"},
        {"sources": "a\0b"},
        {"decision": "\0"},
    ],
)
def test_a_bad_decision_is_refused_in_words(desk, fields):
    page = desk.post(file_of(ready()), decision(**fields))

    assert page.status_code == 400
    assert "errorlist" in text_of(page)
    assert not Review.objects.exists()


@pytest.mark.parametrize("act", ["", "x", "\0", "decide\0"])
def test_an_unknown_act_does_nothing(desk, act):
    assert desk.post(file_of(ready()), {"act": act}).status_code == 400


def test_more_time_is_typed_in_the_zone_it_is_shown_in(desk, set_clock, at):
    set_clock(at("2026-02-04 15:00"))
    candidacy = CandidacyFactory(round=RoundFactory())
    response = ResponseFactory(candidacy=candidacy)
    typed = {"act": "extend", "extend-due_at": "2026-02-11 20:00", "extend-reason": "Snow."}

    page = desk.post(file_of(candidacy), typed)

    response.refresh_from_db()
    assert page.status_code == 302
    assert response.due_at == at("2026-02-11 20:00", "America/New_York")
    assert Letter.objects.get().name == "vetting.extended"


@pytest.mark.parametrize("due_at", ["", "soon", "2026-02-01 20:00", "9999-12-31 23:59", "0001-01-01 00:00", "\0"])
def test_a_bad_deadline_is_refused_in_words(desk, set_clock, at, due_at):
    set_clock(at("2026-02-04 15:00"))
    candidacy = CandidacyFactory(round=RoundFactory())
    response = ResponseFactory(candidacy=candidacy)

    page = desk.post(file_of(candidacy), {"act": "extend", "extend-due_at": due_at, "extend-reason": "Snow."})

    assert page.status_code == 400
    before = response.due_at
    response.refresh_from_db()
    assert response.due_at == before


def test_no_more_time_from_the_file(desk, set_clock, at):
    set_clock(at("2026-02-04 15:00"))
    candidacy = CandidacyFactory(round=RoundFactory())
    response = ResponseFactory(candidacy=candidacy)
    assert "Give no more time" not in text_of(desk.get(file_of(candidacy)))
    answering.ask_for_time(response, reason="Illness.", now=START)
    assert "Give no more time" in text_of(desk.get(file_of(candidacy)))
    typed = {"act": "refuse", "refuse-reason": "The freeze is near."}

    said = [text_of(desk.post(file_of(candidacy), typed, follow=True)) for _n in range(2)]

    response.refresh_from_db()
    assert response.more_time_refused == "The freeze is near."
    assert "Said: no more time. The campaign gets a letter." in said[0]
    assert "This campaign does not ask for more time any more." in said[1]
    assert Letter.objects.get().name == "vetting.no_more_time"
    page = text_of(Client().get(reverse("vetting:more_time", args=[links.token_of(response)])))
    assert "We could not give more time. Our staff write:</p><p>The freeze is near.</p>" in page


def test_a_new_link(desk):
    candidacy = CandidacyFactory()
    response = ResponseFactory(candidacy=candidacy)

    desk.post(file_of(candidacy), {"act": "renew", "renew-reason": "Mended address."})

    response.refresh_from_db()
    assert response.generation == 1
    assert Letter.objects.get().wave == 1


@pytest.mark.parametrize("act", ["extend", "refuse", "renew"])
def test_acts_on_a_campaign_that_was_not_asked(desk, act):
    typed = {"act": act, f"{act}-reason": "x", f"{act}-due_at": "2026-02-11 20:00"}

    page = desk.post(file_of(CandidacyFactory()), typed)

    assert page.status_code == 400
    assert "This campaign has not been asked yet." in text_of(page)


def staff_with(*codenames):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def test_who_may_only_look_may_not_decide(client):
    client.force_login(staff_with("view_vettingfile"))
    candidacy = ready()

    assert "Decide</h2>" not in text_of(client.get(file_of(candidacy)))
    assert client.post(file_of(candidacy), decision()).status_code == 403
    assert not Review.objects.exists()


def test_who_may_decide_may_look(client):
    client.force_login(staff_with("decide_review"))

    assert client.get(QUEUE).status_code == 200
    assert client.post(file_of(ready()), decision()).status_code == 302


def test_strangers_see_nothing(client, ada):
    candidacy = ready()
    client.force_login(ada)
    assert client.get(file_of(candidacy)).status_code == 302
    client.force_login(staff_with("add_review"))
    assert client.get(file_of(candidacy)).status_code == 403
    assert client.get(QUEUE).status_code == 403


@pytest.mark.parametrize("pk", ["0", "x", "9" * 40, "_00", "-1"])
def test_a_file_that_is_not_there(desk, pk):
    assert desk.get(QUEUE + f"{pk}/change/").status_code == 302


def test_a_response_shows_its_answers_only_once_sent(desk):
    response = ResponseFactory(answers={6: "Because of the river."})
    page = reverse("admin:vetting_response_change", args=[response.pk])

    assert "Because of the river." not in text_of(desk.get(page))
    response.submitted_at = START
    response.save()
    assert "Because of the river." in text_of(desk.get(page))
    assert desk.post(page, {}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_take_the_same_queries_however_long(desk, rows, django_assert_num_queries):
    for _ in range(rows):
        ResponseFactory(questionnaire=QuestionnaireFactory(current=False, questions=True))

    for name, queries in [("response", 9), ("questionnaire", 6)]:
        page = reverse(f"admin:vetting_{name}_changelist")
        desk.get(page)
        with django_assert_num_queries(queries):
            desk.get(page)
