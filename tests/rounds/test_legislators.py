"""The list of Congress: read, kept, twice; and who stands for the seat she holds."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Subquery

from journal.models import Entry
from rounds import legislators
from rounds.models import Candidacy, Legislator
from rounds.refusals import Refusal
from tests.data import shared
from tests.factories.groups import district, state
from tests.factories.rounds import START, CandidacyFactory, RaceFactory

pytestmark = pytest.mark.django_db
HEAD = "bioguide,first_name,last_name,full_name,chamber,state,district,senate_class,party,term_end\n"
JANE = "R000001,Jane,Rivera,Jane A. Rivera,rep,MA,7,,Democrat,2027-01-03\n"
SAM = "S000002,Sam,O'Neil,,sen,MA,,1,Democrat,2029-01-03\n"


def load(text):
    return legislators.load(text.encode(), by=None, now=START)


def test_the_list_is_kept_and_twice_changes_nothing():
    assert load(HEAD + JANE + SAM) == legislators.Loaded(new=2, changed=0, gone=0)
    assert load(HEAD + JANE + SAM) == legislators.Loaded(new=0, changed=0, gone=0)
    jane, sam = Legislator.objects.order_by("bioguide")
    assert (jane.office, jane.district, jane.term_ends_on) == ("house", 7, date(2027, 1, 3))
    assert (sam.name, sam.office, sam.district) == ("Sam O'Neil", "senate", None)
    assert Entry.objects.filter(verb="legislators.imported").count() == 1


def test_who_left_is_marked_and_comes_back_with_a_later_list():
    load(HEAD + JANE + SAM)
    assert load(HEAD + JANE.replace(",7,", ",8,")) == legislators.Loaded(new=0, changed=1, gone=1)
    assert Legislator.objects.get(bioguide="S000002").gone
    assert load(HEAD + JANE + SAM) == legislators.Loaded(new=0, changed=2, gone=0)
    assert not Legislator.objects.filter(gone=True).exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bioguide,first_name\n", "These columns are missing: last_name, full_name"),
        (HEAD + JANE + "X,,,,rep,MA,1,,,2027-01-03\n", "Wrong rows, nothing was kept: 3."),
        (HEAD + JANE + JANE, "Wrong rows, nothing was kept: 3."),
        (HEAD + JANE.replace("2027-01-03", "soon"), "Wrong rows, nothing was kept: 2."),
        (HEAD + JANE.replace(",7,", ",,"), "Wrong rows, nothing was kept: 2."),
        (HEAD + JANE.replace("MA", "XX"), "Wrong rows, nothing was kept: 2."),
        (HEAD + SAM.replace("sen", "lord"), "Wrong rows, nothing was kept: 2."),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(text, words):
    with pytest.raises(Refusal, match=words):
        load(text)
    assert Legislator.objects.count() == 0


def recognised(candidacy):
    sits = legislators.holders("name_key").values("name")[:1]
    return Candidacy.objects.annotate(sits=Subquery(sits)).get(pk=candidacy.pk).sits


@pytest.mark.parametrize(
    ("name", "sits"),
    [
        ("Jane Rivera", True),
        ("J. M. Rivera", True),
        ("Ana Rivera", False),
        ("Jane River", False),
        ("Jane Delarivera", False),
    ],
)
def test_she_is_recognised_by_her_initial_and_last_name(name, sits):
    load(HEAD + JANE + SAM)
    candidacy = CandidacyFactory(race=RaceFactory(place=district("MA", 7)), name=name)
    assert (recognised(candidacy) == "Jane A. Rivera") is sits


def test_only_for_the_seat_that_she_holds():
    load(HEAD + JANE + SAM)
    for race in (RaceFactory(place=district("MA", 8)), RaceFactory(office="senate", place=state("MA"))):
        assert recognised(CandidacyFactory(race=race, name="Jane Rivera")) is None
    assert recognised(CandidacyFactory(race=race, name="Sam O’Neil", name_key="sam oneil", pk=900)) is not None
    Legislator.objects.update(gone=True)
    assert recognised(Candidacy.objects.get(pk=900)) is None


def test_the_real_list_is_read(capsys):
    call_command("import_legislators", str(shared("legislators_current.csv")))
    assert "537 new" in capsys.readouterr().out
    assert (
        recognised(CandidacyFactory(race=RaceFactory(office="senate", place=state("AK")), name="Lisa Murkowski"))
        == "Lisa Murkowski"
    )


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_legislators", str(tmp_path / "none.csv"))
