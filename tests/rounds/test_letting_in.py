"""Staff let a group nominate where none of its places lies: with a reason, once, and to be ended."""

import pytest

from journal.models import Entry
from rounds import admission, nominating
from rounds.models import Admission, Round
from rounds.refusals import Refusal
from tests.factories.groups import GroupFactory, district, state
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RaceFactory, RoundFactory
from tests.rounds.filling import NOW

pytestmark = pytest.mark.django_db


def test_a_group_is_let_in_with_a_reason_and_once(group, dee):
    far = district("WY", 0)
    with pytest.raises(Refusal, match="is listed in Massachusetts 7th District"):
        admission.check_reach(group, far)
    assert admission.let_in(group, far, by=dee, now=START, reason="Its members moved.") is True
    assert admission.let_in(group, far, by=dee, now=START, reason="Its members moved.") is False
    admission.check_reach(group, far)
    with pytest.raises(Refusal):
        admission.check_reach(group, state("CA"))
    entry = Entry.objects.get(verb="group.let_in")
    assert (entry.reason, entry.after) == ("Its members moved.", {"place": "WY-AL"})


def test_not_without_a_reason_nor_where_it_works_already(group, dee):
    with pytest.raises(Refusal):
        admission.let_in(group, district("WY", 0), by=dee, now=START, reason=" ")
    assert admission.let_in(group, state("MA"), by=dee, now=START, reason="Why not.") is False
    assert Admission.objects.count() == 0


def test_it_is_ended_with_its_line_in_the_journal(group, dee):
    admission.let_in(group, district("WY", 0), by=dee, now=START, reason="Its members moved.")
    admission.take_back(Admission.objects.get(), by=dee, now=START)
    with pytest.raises(Refusal):
        admission.check_reach(group, district("WY", 0))
    assert Entry.objects.get(verb="group.let_out").before == {"place": "WY-AL", "reason": "Its members moved."}


def test_the_desk_adds_and_deletes_and_never_changes(client, group, dee):
    client.force_login(dee)
    far = district("WY", 0)
    url = "/desk/rounds/admission/"
    said = {"group": group.pk, "place": far.pk, "reason": "Its members moved."}
    assert client.post(f"{url}add/", said | {"reason": ""}).status_code == 200
    assert Admission.objects.count() == 0
    client.post(f"{url}add/", said)
    one = Admission.objects.get()
    assert (one.granted_by, one.reason) == (dee, "Its members moved.")
    assert "WY" in client.get(url).content.decode()
    assert client.post(f"{url}{one.pk}/change/", said | {"reason": "Else."}).status_code == 403
    client.post(f"{url}{one.pk}/delete/", {"post": "yes"})
    assert Admission.objects.count() == 0
    assert Entry.objects.filter(verb="group.let_out").count() == 1


def test_a_group_let_in_is_shown_who_stands_there_and_joins(client, group, ada, set_clock):
    set_clock(NOW)
    far = district("WY", 0)
    round = RoundFactory(stage=Round.Stage.NOMINATING)
    race = RaceFactory(cycle=round.cycle, place=far)
    named = NominationFactory(candidacy=CandidacyFactory(race=race, name="Jane Rivera"), group=GroupFactory())
    draft = nominating.start(group, cycle=round.cycle, by=ada, now=NOW)
    client.force_login(ada)
    begin, join = f"/lead/{group.slug}/nominate/", f"/lead/nominations/{draft.pk}/join/"
    said = {"candidacy": named.candidacy_id, "seen": ""}
    assert "Jane Rivera" not in client.get(begin).content.decode()
    assert client.post(join, said).status_code == 404

    admission.let_in(group, far, by=ada, now=NOW, reason="Its members moved.")

    assert "Jane Rivera" in client.get(begin).content.decode()
    assert client.post(join, said).status_code == 302
