"""A leader's home, her groups' own endorsements, the public start page, and what strangers get."""

import pytest
from django.urls import reverse

from groups.models import Group
from rounds.models import LocalEndorsement, Nomination
from tests.factories.groups import GroupFactory, LeadershipFactory, UserFactory, district, state
from tests.factories.rounds import (
    CandidacyFactory,
    LocalEndorsementFactory,
    NominationFactory,
    RaceFactory,
    RoundFactory,
)
from tests.rounds.filling import NOW, TASKS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(set_clock):
    set_clock(NOW)


@pytest.fixture
def round(db):
    return RoundFactory(stage="nominating", name="Round 1")


@pytest.fixture
def lead(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def draft(lead, round, group):
    lead.post(f"/lead/{group.slug}/nominate/")
    return Nomination.objects.get()


LEADER_PAGES = ["", "check/", "sent/", "withdraw/", "race/"]


@pytest.mark.parametrize("page", LEADER_PAGES)
def test_other_groups_things_are_not_there(client, cem, draft, page):
    client.force_login(cem)
    url = f"/lead/nominations/{draft.pk}/{page}"
    assert client.get(url).status_code == 404
    assert client.post(url).status_code in (404, 405)


@pytest.mark.parametrize("page", ["nominate/", "endorsements/", "endorsements/add/"])
def test_other_groups_pages_are_not_there(client, cem, group, page):
    client.force_login(cem)
    assert client.get(f"/lead/{group.slug}/{page}").status_code == 404
    assert client.post(f"/lead/{group.slug}/{page}").status_code in (404, 405)


def test_unconfirmed_leader_sees_nothing(client, group, round):
    user = UserFactory()
    LeadershipFactory(group=group, user=user, confirmed_at=None)
    client.force_login(user)
    assert client.get(f"/lead/{group.slug}/nominate/").status_code == 404
    home = client.get("/lead/").content.decode()
    assert "You lead no group that we know of." in home
    assert "You wait to be confirmed as a leader of Boston Common Group." in home


@pytest.mark.parametrize("url", ["/lead/", "/lead/boston-common/nominate/", "/lead/nominations/1/"])
def test_strangers_sign_in_first(client, group, url):
    assert client.get(url).headers["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("pk", ["0", "9" * 30])
def test_forged_numbers_are_not_there(lead, round, pk):
    for page in LEADER_PAGES:
        assert lead.get(f"/lead/nominations/{pk}/{page}").status_code == 404


def test_unknown_task_is_not_there(lead, draft):
    assert lead.get(f"/lead/nominations/{draft.pk}/nonsense/").status_code == 404


def test_local_endorsement_is_kept_without_a_nomination(lead, group, round):
    other = GroupFactory(name="Lynn Group", places=[state("MA")])
    said = TASKS["vote"] | {
        "candidate": "Sam Ward",
        "seat": "other",
        "office": "City Council, Ward 3",
        "joint_groups": "lynn group\nBoston Common Group\n",
    }
    answer = lead.post(f"/lead/{group.slug}/endorsements/add/", said, follow=True)
    assert "City Council, Ward 3" in answer.content.decode()
    endorsement = LocalEndorsement.objects.get()
    assert list(endorsement.joint_groups.all()) == [other]
    assert (endorsement.race, endorsement.recorded_at) == (None, endorsement.recorded_at)
    assert Nomination.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("candidate", "", "Enter the candidate’s name."),
        ("candidate", "a\x00", "Null characters are not allowed."),
        ("candidate", "a" * 121, "at most 120 characters"),
        ("office", "", "Enter the office."),
        ("seat", "", "Choose the office."),
        ("seat", "mayor", "Select a valid choice."),
        ("seat", "house", "Choose the state."),
        ("usps", "XX", "Choose the state."),
        ("method", "x", "Select a valid choice."),
        ("decided_on", "yesterday", "Enter the day of the vote, like 3/12/2026."),
        ("decided_on", "12/31/2026", "The local vote must be over"),
        ("yes", "many", "Enter a whole number, like 82."),
        ("yes", "-1", "greater than or equal to 0"),
        ("yes", "9" * 40, "less than or equal to"),
        ("yes", "119", "129 votes were cast, and only 120 people could vote."),
        ("joint_groups", "Nobody Knows", "We know no group named “Nobody Knows”."),
    ],
)
def test_bad_local_endorsement_is_told_and_keeps_what_was_typed(lead, group, field, typed, sentence):
    said = (
        TASKS["vote"]
        | {"candidate": "Sam Ward", "seat": "other", "office": "Mayor", "proof": "Minutes, page 3"}
        | {field: typed}
    )
    answer = lead.post(f"/lead/{group.slug}/endorsements/add/", said)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert "Minutes, page 3" in answer.content.decode()
    assert LocalEndorsement.objects.count() == 0


def test_joint_vote_with_a_501c3_is_refused(lead, group):
    GroupFactory(name="Church Club", legal_form=Group.LegalForm.C3)
    said = TASKS["vote"] | {"candidate": "Sam Ward", "seat": "other", "office": "Mayor", "joint_groups": "Church Club"}
    answer = lead.post(f"/lead/{group.slug}/endorsements/add/", said)
    assert "Church Club is a 501(c)(3) and can’t endorse" in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_home_asks_the_database_the_same_however_long_it_is(lead, ada, group, round, django_assert_num_queries, rows):
    for number in range(1, rows):
        other = GroupFactory(name=f"Group {number}")
        LeadershipFactory(group=other, user=ada)
    for number in range(rows):
        candidacy = CandidacyFactory(race=RaceFactory(place=district("MA", number + 1)))
        NominationFactory(group=group, candidacy=candidacy)
        Nomination.objects.create(group=group, cycle=round.cycle, draft_saved_at=NOW, draft_saved_by=ada)
    with django_assert_num_queries(10):
        assert lead.get("/lead/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_local_endorsements_ask_the_database_the_same(lead, group, django_assert_num_queries, rows):
    for _ in range(rows):
        LocalEndorsementFactory(group=group).joint_groups.add(GroupFactory())
    with django_assert_num_queries(5):
        assert lead.get(f"/lead/{group.slug}/endorsements/").status_code == 200


def test_start_page_says_the_dates_and_all_questions_are_readable(client, round):
    page = client.get("/nominate/").content.decode()
    assert "Monday, February 23, 2026, 9:00 a.m. Eastern (6:00 a.m. Pacific)" in page
    questions = client.get("/nominate/questions/").content.decode()
    for sentence in ("Which office?", "Votes in favor", "Your words to the voters", "Press contact’s e-mail"):
        assert sentence in questions


def test_start_page_without_any_round(client):
    assert "the dates of the next are not known yet" in client.get("/nominate/").content.decode()


@pytest.mark.parametrize(("state", "shown"), [("on_ballot", "Accepted"), ("endorsed", "Endorsed")])
def test_a_decided_nomination_shows_the_outcome(client, ada, group, state, shown):
    NominationFactory(group=group, candidacy__name="Ayo Santos", candidacy__state=state)
    client.force_login(ada)

    page = client.get("/lead/").content.decode()

    assert [word for word in ("Accepted", "Endorsed") if f">{word}</span>" in page] == [shown]


def test_a_501c3_is_shown_what_its_members_can_do(client, ada, group):
    Group.objects.update(legal_form=Group.LegalForm.C3)
    client.force_login(ada)

    home, stop = client.get("/lead/").content.decode(), client.get(f"/lead/{group.slug}/nominate/")

    assert ("Nominate a candidate" in home, "What your members can do" in home) == (False, True)
    assert (stop.status_code, "as themselves, in their own time" in stop.content.decode()) == (403, True)


def test_a_campaign_is_sent_to_the_groups_near_it(client):
    page = client.get("/nominate/").content.decode()
    assert "A campaign can’t nominate." in page
    assert '<form method="get" action="/groups/">' in page
