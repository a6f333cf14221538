import pytest

from endorsements.models import Endorsement
from endorsements.sample import federation, people
from groups.models import Group, Member, Place
from journal import book
from mailings.models import Letter
from rounds.forms.nomination import check
from rounds.models import Nomination, Round
from tests.factories.rounds import START
from vetting.models import Questionnaire
from voting.models import Result

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def small(monkeypatch, settings):
    """Just enough members for the sample's own votes."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    monkeypatch.setattr(federation, "MEMBERS", {"VT": 120, "WY": 60, "MA": 110, "AZ": 5, "CA": 5})


def test_the_sample_federation_has_three_rounds_made_by_the_real_verbs(small, set_clock):
    set_clock(START)

    assert federation.stands() is False
    federation.make(START)
    assert federation.stands() is True

    assert list(Round.objects.order_by("nominations_open_at").values_list("name", "stage")) == [
        ("Round 1", "announced"),
        ("Round 2", "voting"),
        ("Round 3", "nominating"),
    ]
    assert sorted(Endorsement.objects.values_list("candidacy__name", flat=True)) == ["Marisol Vega", "Priya Raman"]
    assert all(endorsement.photo and endorsement.photo_alt for endorsement in Endorsement.objects.all())
    assert Result.objects.count() == 3
    assert Group.objects.count() == len(people.GROUPS) == 12
    assert Member.objects.count() == 301
    assert Place.objects.districts().count() == 441
    assert Questionnaire.objects.get().frozen_at is not None
    states = dict(
        Nomination.objects.filter(group__places__usps__in=["AZ", "CA"]).values_list("candidacy__name", "state")
    )
    assert states == {"Lucia Begay": "accepted", "Daniel Osei": "submitted"}
    assert Nomination.objects.filter(state=Nomination.State.DRAFT).count() == 1
    sent = Nomination.objects.get(candidacy__name="Daniel Osei")
    assert check(sent, now=START).problems == []
    assert set(Letter.objects.values_list("state", flat=True)) <= {
        Letter.State.READY,
        Letter.State.SENT,
        Letter.State.SKIPPED,
    }
    assert book.verify() is None
    doors = dict(federation.doors("http://127.0.0.1:8000"))
    assert sorted(doors) == ["A leader", "Ben Walsh’s ballot", "Mailbox", "Public site", "Staff"]
    assert "/v/" in doors["Ben Walsh’s ballot"]


@pytest.mark.parametrize(("day", "year"), [("2026-10-31", 2026), ("2026-11-23", 2028), ("2027-05-01", 2028)])
def test_the_samples_election_year_lies_ahead(at, day, year):
    assert federation.election_year(at(f"{day} 12:00")) == year
