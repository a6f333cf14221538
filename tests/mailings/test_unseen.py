import pytest
from django.contrib.auth.models import Permission

from journal.models import Entry
from mailings import unseen
from mailings.models import Letter
from tests.factories.groups import UserFactory
from tests.factories.mailings import LetterFactory

pytestmark = pytest.mark.django_db

State = Letter.State
PAGE = "/desk/mailings/letter/unseen/round:7/"
AGAIN = f"{PAGE}voting.receipt/"
SAID = {"reason": "The mail server was wrong.", "typed": "round:7"}


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def aside(number, *, name="voting.receipt", state=State.SET_ASIDE, topic="round:7"):
    return LetterFactory.create_batch(number, name=name, state=state, topic=topic, attempts=3)


def states_of(letters):
    return set(Letter.objects.filter(pk__in=[one.pk for one in letters]).values_list("state", flat=True))


def table(desk):
    page = desk.get(PAGE).content.decode()
    return page[page.index("<table") : page.index("</table")]


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "fewer than 20"), (1, "fewer than 20"), (19, "fewer than 20"), (20, "at least 20"), (1239, "at least 1,230")],
)
def test_no_small_number_is_told_and_no_exact_one(number, words):
    assert unseen.words(number) == words


@pytest.mark.parametrize("name", ["voting.receipt", "voting.reminder", "voting.link"])
def test_of_letters_that_tell_who_voted_each_state_is_told_in_tens(name):
    counts = {State.SENT: 1239, State.READY: 20, State.SKIPPED: 19, State.LEASED: 1}
    assert unseen.told(name, counts) == {State.SENT: 1230, State.READY: 20}


def test_of_a_ballot_letter_those_that_were_not_needed_are():
    counts = {State.SENT: 1239, State.READY: 1, State.SKIPPED: 27}
    assert unseen.told("voting.ballot", counts) == {State.SENT: 1239, State.READY: 1, State.SKIPPED: 20}
    assert unseen.told("voting.ballot", {State.SKIPPED: 19}) == {}
    assert unseen.told("voting.notice", {State.SKIPPED: 19}) == {State.SKIPPED: 19}


def test_none_and_a_few_look_alike(desk):
    before = table(desk)
    aside(19)
    aside(2, name="voting.reminder", state=State.FAILED)

    assert table(desk) == before

    aside(1)
    page = table(desk)
    assert "at least 20" in page
    assert page.count("fewer than 20") == 5


def test_all_of_a_name_are_sent_again_and_no_others(desk, dee):
    hers, refused = aside(3), aside(1, state=State.FAILED)
    others = [*aside(1, topic="round:8"), *aside(1, name="voting.reminder"), *aside(1, name="voting.notice")]
    sent = aside(1, state=State.SENT)

    page = desk.post(AGAIN, SAID, follow=True).content.decode()

    assert "In line again, of voting.receipt: fewer than 20." in page
    assert states_of([*hers, *refused]) == {State.READY}
    assert states_of(others) == {State.SET_ASIDE}
    assert states_of(sent) == {State.SENT}
    assert set(Letter.objects.filter(pk__in=[one.pk for one in hers]).values_list("attempts", flat=True)) == {0}
    entry = Entry.objects.get(verb="mailings.send_again")
    assert (entry.subject, entry.actor, entry.reason) == ("round:7", f"user:{dee.pk}", SAID["reason"])
    assert entry.after == {"letter": "voting.receipt", "letters": "fewer than 20"}


def test_twice_says_the_same_of_none(desk):
    aside(3)
    answers = [desk.post(AGAIN, SAID, follow=True).content.decode() for _again in range(2)]

    assert all("In line again, of voting.receipt: fewer than 20." in answer for answer in answers)
    assert len(set(map(str, Entry.objects.values_list("after", flat=True)))) == 1


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"typed": ""}, {"typed": "round:8"}, {"reason": "a\x00b"}])
def test_it_asks_why_and_for_the_topic(desk, wrong):
    letters = aside(1)

    answer = desk.post(AGAIN, SAID | wrong)

    assert answer.status_code == 400
    assert states_of(letters) == {State.SET_ASIDE}
    assert not Entry.objects.exists()


def test_a_letter_whose_rows_are_shown_has_no_such_act(desk):
    assert desk.get(f"{PAGE}voting.ballot/").status_code == 404
    assert desk.post(f"{PAGE}sample.note/", SAID).status_code == 404
    assert list(unseen.not_sent("round:7", "voting.ballot")) == []


def test_who_may_only_look_sends_nothing(client):
    looker = UserFactory(email="eve@example.org", is_staff=True)
    client.force_login(looker)
    assert client.get(PAGE).status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_letter"))
    client.force_login(type(looker).objects.get(pk=looker.pk))

    assert AGAIN not in client.get(PAGE).content.decode()
    assert client.get(AGAIN).status_code == 403
    assert client.post(AGAIN, SAID).status_code == 403
