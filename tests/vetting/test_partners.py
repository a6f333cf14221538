"""Partner organizations: loaded, twice, and offered where their endorsement is recorded."""

import pytest
from django.core.management import call_command

from journal.models import Entry
from rounds.refusals import Refusal
from tests.data import shared
from tests.factories.rounds import START, CandidacyFactory
from tests.factories.vetting import RecusalFactory
from vetting import partners
from vetting.models import PartnerEndorsement, PartnerOrganisation

pytestmark = pytest.mark.django_db
LIST = "name,kind,seen_as,source\nTeachers of the Bay,union,,\nRiver Friends,environment,,\n"


def load(text):
    return partners.load(text.encode(), by=None, now=START)


def test_the_list_is_kept_and_twice_changes_nothing():
    assert [load(LIST), load(LIST), load(LIST.replace("union", "trade union"))] == [(2, 0), (0, 0), (0, 1)]
    assert load("name\nTeachers of the Bay\n") == (0, 1)
    assert list(PartnerOrganisation.objects.values_list("name", "kind")) == [
        ("River Friends", "environment"),
        ("Teachers of the Bay", ""),
    ]
    assert Entry.objects.filter(verb="partners.imported").count() == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind\nunion\n", "missing: name"),
        ("name,kind\n,union\n", "kept: 2"),
        (f"name\nA\n{'x' * 121}\n", "kept: 3"),
        ('name\n"open', "no CSV"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(text, words):
    with pytest.raises(Refusal, match=words):
        load(text)
    assert PartnerOrganisation.objects.count() == 0


def test_the_known_ones_are_offered_and_another_may_be_typed(client, dee):
    load(LIST)
    candidacy = CandidacyFactory()
    client.force_login(dee)
    address = f"/desk/vetting/partnerendorsement/add/?candidacy={candidacy.pk}"
    page = client.get(address).content.decode()
    assert 'list="organisation-known"' in page
    assert '<option value="River Friends">' in page

    for name in ("River Friends", "Somebody New"):
        said = {"candidacy": candidacy.pk, "organisation": name, "source": "https://example.org/"}
        assert client.post(address, said).status_code == 302
    assert set(PartnerEndorsement.objects.values_list("organisation", flat=True)) == {"River Friends", "Somebody New"}


def test_who_recused_herself_adds_nothing_to_that_file(client, dee):
    candidacy = CandidacyFactory()
    RecusalFactory(candidacy=candidacy, person=dee)
    client.force_login(dee)
    said = {"candidacy": candidacy.pk, "organisation": "River Friends", "source": "https://example.org/"}

    page = client.post("/desk/vetting/partnerendorsement/add/", said)

    assert "You recused yourself from this file." in page.content.decode()
    assert not PartnerEndorsement.objects.exists()


def test_the_real_list_is_read(capsys):
    call_command("import_partners", str(shared("partner_organisations.csv")))
    assert "23 new, 0 changed." in capsys.readouterr().out
