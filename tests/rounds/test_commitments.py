"""What a group promises in numbers: typed, checked, kept, and written anew when a nomination comes back."""

import pytest

from rounds import nominating
from rounds.models import Commitment, Nomination
from tests.factories.rounds import RoundFactory
from tests.rounds.filling import ANSWERS, NOW, fill, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(set_clock):
    set_clock(NOW)


@pytest.fixture
def draft(client, ada, group):
    RoundFactory(stage="nominating")
    client.force_login(ada)
    client.post(f"/lead/{group.slug}/nominate/")
    return Nomination.objects.get()


def promised():
    return list(Commitment.objects.order_by("kind").values_list("kind", "quantity"))


def test_numbers_alone_are_enough_and_are_kept(client, draft):
    fill(client, draft, help={"will_people": "", "do_doors": "2500", "do_donors": "60"})
    assert send(client, draft).status_code == 302
    assert promised() == [("donors", 60), ("doors", 2500)]
    assert "Doors knocked on" in client.get(f"/lead/nominations/{draft.pk}/sent/").content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"will_people": ""}, "Say what your group’s people will do"),
        ({"will_people": "", "do_release": "1", "do_doors": "0"}, "Say what your group’s people will do"),
        ({"do_doors": "many"}, "Enter a whole number, like 82."),
        ({"do_doors": "-1"}, "greater than or equal to 0"),
        ({"do_calls": "9" * 30}, "less than or equal to"),
    ],
)
def test_what_is_no_promise_is_told_and_kept_as_typed(client, draft, typed, sentence):
    fill(client, draft, help=typed)
    page = client.get(f"/lead/nominations/{draft.pk}/check/").content.decode()
    assert sentence in page
    draft.refresh_from_db()
    assert {name: draft.draft[name] for name in typed} == typed


def test_a_nomination_that_comes_back_promises_anew(ada, dee, group):
    nomination = nominating.start(group, cycle=RoundFactory(stage="nominating").cycle, by=ada, now=NOW)
    nominating.submit(nomination, answers=ANSWERS | {"do_doors": 100, "do_calls": 50}, by=ada, now=NOW)
    nominating.return_for_correction(nomination, by=dee, now=NOW, reason="How many doors?")
    nominating.submit(nomination, answers=ANSWERS | {"do_doors": 250, "do_calls": 0}, by=ada, now=NOW)
    assert promised() == [("doors", 250)]


def test_the_questions_name_every_promise_and_the_note_on_gifts(client):
    page = client.get("/nominate/questions/").content.decode()
    assert [label for label in Commitment.Kind.labels if str(label) not in page] == []
    assert "We count people, not dollars" in page
