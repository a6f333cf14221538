"""The desk's pages for nominations, candidacies, races and contests."""

import pytest
from django.contrib.auth.models import Permission

from groups.models import Role
from journal.models import Entry
from rounds.models import Candidacy, Nomination
from tests.factories.groups import UserFactory, district
from tests.factories.rounds import (
    CandidacyFactory,
    ContestFactory,
    LocalEndorsementFactory,
    NominationFactory,
    RaceFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def nomination():
    return NominationFactory(state="submitted", reference="N-4F7K")


def page_of(nomination, act="change"):
    return f"/desk/rounds/nomination/{nomination.pk}/{act}/"


def test_nomination_page_has_a_button_for_each_decision(desk, nomination):
    page = desk.get(page_of(nomination)).content.decode()
    for act in ("accept", "return", "refuse", "withdraw"):
        assert f'href="{page_of(nomination, act)}"' in page
    assert 'name="state"' not in page
    assert 'name="statement"' not in page


@pytest.mark.parametrize(
    ("act", "state", "reason"),
    [
        ("accept", "accepted", ""),
        ("return", "returned", "x"),
        ("refuse", "refused", "x"),
        ("withdraw", "withdrawn", "x"),
    ],
)
def test_decision_asks_first_and_is_done_once(desk, nomination, dee, act, state, reason):
    url = page_of(nomination, act)
    assert desk.get(url).status_code == 200
    nomination.refresh_from_db()
    assert nomination.state == "submitted"
    for _ in range(2):
        answer = desk.post(url, {"reason": reason})
        assert answer.headers["Location"] == page_of(nomination)
    nomination.refresh_from_db()
    assert nomination.state == state
    entries = Entry.objects.filter(verb="nomination.state", actor=f"user:{dee.pk}")
    assert [entry.after for entry in entries] == [{"state": state}]


@pytest.mark.parametrize("act", ["return", "refuse", "withdraw"])
@pytest.mark.parametrize("reason", ["", "   ", "x\x00", "x" * 4001])
def test_decision_without_a_good_reason_comes_back(desk, nomination, act, reason):
    answer = desk.post(page_of(nomination, act), {"reason": reason})
    assert answer.status_code == 400
    nomination.refresh_from_db()
    assert nomination.state == "submitted"


def test_decision_that_no_longer_fits_is_refused_in_words(desk):
    accepted = NominationFactory()
    answer = desk.post(page_of(accepted, "return"), {"reason": "what of it"})
    assert answer.status_code == 400
    assert "This nomination is “Accepted” and can’t become “Returned for correction”." in answer.content.decode()
    assert "what of it" in answer.content.decode()


@pytest.mark.parametrize("url", ["/desk/rounds/nomination/1/nonsense/", "/desk/rounds/nomination/99/accept/"])
def test_unknown_decision_is_not_there(desk, nomination, url):
    assert desk.get(url.replace("/1/", f"/{nomination.pk}/")).status_code == 404


def test_reading_is_not_deciding(client, nomination):
    reader = UserFactory(is_staff=True)
    role = Role.objects.create(name="Reader")
    role.permissions.set(Permission.objects.filter(codename__in=["view_nomination", "view_candidacy"]))
    reader.groups.add(role)
    client.force_login(reader)
    page = client.get(page_of(nomination))
    assert page.status_code == 200
    assert page_of(nomination, "accept") not in page.content.decode()
    assert client.get(page_of(nomination, "accept")).status_code == 403
    assert client.post(page_of(nomination, "accept")).status_code == 403
    nomination.refresh_from_db()
    assert nomination.state == "submitted"


def test_drafts_stay_with_their_groups(desk, group, ada):
    draft = Nomination.objects.create(group=group, cycle=RoundFactory().cycle, draft_saved_by=ada)
    assert desk.get("/desk/rounds/nomination/").content.decode().count("No nominations yet.") == 1
    assert desk.get(page_of(draft)).status_code == 302
    assert desk.get(page_of(draft, "accept")).status_code == 404


def test_candidacy_page_shows_gates_with_evidence_and_rivals(desk):
    candidacy = CandidacyFactory(gates=2, name="Jane Rivera")
    CandidacyFactory(race=candidacy.race, name="Ann <b>Other</b>")
    NominationFactory(candidacy=candidacy, reference="N-JANE")
    page = desk.get(f"/desk/rounds/candidacy/{candidacy.pk}/change/").content.decode()
    assert "<strong>Endorsed by a local group</strong>: Feb. 2, 2026 evidence of local" in page
    assert "<strong>Cleared in vetting</strong>: not yet" in page
    assert "Ann &lt;b&gt;Other&lt;/b&gt;</a> (Nominated)" in page
    assert "N-JANE" in page
    assert 'name="state"' not in page


FORM = {
    "campaign_name": "Carl",
    "campaign_email": "carl@example.org",
    "nominations-TOTAL_FORMS": "0",
    "nominations-INITIAL_FORMS": "0",
}


def test_correcting_a_name_folds_it_anew_and_is_journaled(desk):
    candidacy = CandidacyFactory(name="Jane Rivera")
    Candidacy.objects.filter(pk=candidacy.pk).update(state="held")  # meanwhile, by another hand
    url = f"/desk/rounds/candidacy/{candidacy.pk}/change/"
    assert desk.post(url, FORM | {"name": "Jané  Rivera-Cruz"}).status_code == 302
    candidacy.refresh_from_db()
    assert (candidacy.name, candidacy.name_key, candidacy.state) == ("Jané  Rivera-Cruz", "jane rivera cruz", "held")
    assert Entry.objects.get(verb="candidacy.corrected").before["name"] == "Jane Rivera"


def test_a_name_taken_in_the_race_is_refused(desk):
    candidacy = CandidacyFactory(name="Jane Rivera")
    CandidacyFactory(race=candidacy.race, name="Ann Other", name_key="ann other")
    answer = desk.post(f"/desk/rounds/candidacy/{candidacy.pk}/change/", FORM | {"name": "ANN OTHER"})
    assert "There is a candidacy of this name in the race already." in answer.content.decode()
    candidacy.refresh_from_db()
    assert candidacy.name == "Jane Rivera"


def test_what_voters_read_stays(desk):
    contest = ContestFactory()
    candidacy = contest.options.get(number=1).candidacy
    url = f"/desk/rounds/candidacy/{candidacy.pk}/change/"
    assert 'name="blurb"' not in desk.get(url).content.decode()
    desk.post(url, FORM | {"name": "Somebody Else"})
    assert Candidacy.objects.get().name == candidacy.name


def test_candidate_withdraws_from_the_desk(desk):
    candidacy = CandidacyFactory(gates=2)
    url = f"/desk/rounds/candidacy/{candidacy.pk}/withdraw/"
    assert desk.post(url, {"reason": ""}).status_code == 400
    assert desk.post(url, {"reason": "A new job."}).status_code == 302
    candidacy.refresh_from_db()
    assert candidacy.state == "withdrawn"


def test_primary_date_is_set_and_journaled(desk):
    race = RaceFactory()
    url = f"/desk/rounds/race/{race.pk}/change/"
    said = {"primary_on": "2026-09-01", "candidacies-TOTAL_FORMS": "0", "candidacies-INITIAL_FORMS": "0"}
    assert desk.post(url, said).status_code == 302
    assert Entry.objects.get(verb="race.dated").after == {"primary_on": "2026-09-01"}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("model", "queries"),
    [("nomination", 8), ("candidacy", 8), ("race", 6), ("contest", 6), ("localendorsement", 5), ("cycle", 5)],
)
def test_lists_ask_the_database_the_same_however_long(desk, django_assert_num_queries, rows, model, queries):
    round = RoundFactory(stage="voting")
    for number in range(rows):
        race = RaceFactory(place=district("MA", number + 1))
        contest = ContestFactory(round=round, race=race)
        NominationFactory(candidacy=contest.options.get(number=1).candidacy)
        LocalEndorsementFactory()
    with django_assert_num_queries(queries):
        assert desk.get(f"/desk/rounds/{model}/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_candidacy_page_asks_the_database_the_same(desk, django_assert_num_queries, rows):
    candidacy = CandidacyFactory(gates=3)
    for _ in range(rows):
        NominationFactory(candidacy=candidacy)
        CandidacyFactory(race=candidacy.race)
    desk.get(f"/desk/rounds/candidacy/{candidacy.pk}/change/")  # Django keeps what kind of record it is
    with django_assert_num_queries(8):
        assert desk.get(f"/desk/rounds/candidacy/{candidacy.pk}/change/").status_code == 200


@pytest.mark.parametrize("model", ["contest", "localendorsement"])
def test_results_of_verbs_are_read_only(desk, model):
    contest = ContestFactory()
    record = contest if model == "contest" else LocalEndorsementFactory()
    assert desk.get(f"/desk/rounds/{model}/add/").status_code == 403
    assert desk.get(f"/desk/rounds/{model}/{record.pk}/change/").status_code == 200
    assert desk.post(f"/desk/rounds/{model}/{record.pk}/change/", {}).status_code == 403
    assert desk.post(f"/desk/rounds/{model}/{record.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_page_without_fields_has_no_save_button(desk, nomination):
    assert 'name="_save"' not in desk.get(page_of(nomination)).content.decode()
    candidacy = f"/desk/rounds/candidacy/{nomination.candidacy_id}/change/"
    assert 'name="_save"' in desk.get(candidacy).content.decode()
