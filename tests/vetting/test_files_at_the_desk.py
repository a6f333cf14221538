"""A reviewer in a file: blind verdicts, recusing, deciding, a race side by side."""

import pytest
from django.urls import reverse

from journal.models import Entry
from rounds.models import Candidacy
from tests.factories.groups import UserFactory
from tests.factories.rounds import CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import (
    AssignmentFactory,
    NoteFactory,
    PartnerEndorsementFactory,
    RecusalFactory,
    ReviewFactory,
    VerdictFactory,
)
from tests.vetting.reviewer import NOW, QUEUE, page_of, race_in, ready, text_of, typed, vetter
from vetting import verdicts
from vetting.models import Assignment, Note, Recusal, Verdict

pytestmark = pytest.mark.django_db


SECRETS = ["A secret reason.", "Secret sources.", "Secretly knows.", "A secret note.", "A lead said so."]


def written_by_others(candidacy):
    other = UserFactory(name="Olga Other", is_staff=True)
    VerdictFactory(
        candidacy=candidacy,
        reviewer=other,
        recommendation="decline",
        reason=SECRETS[0],
        sources=SECRETS[1],
        acquaintance=SECRETS[2],
    )
    NoteFactory(candidacy=candidacy, kind="verdict", text=SECRETS[3], author=other)
    NoteFactory(candidacy=candidacy, text="A fact for all.", author=other)
    ReviewFactory(candidacy=candidacy, reason=SECRETS[4])


def test_a_reviewer_is_blind_until_her_verdict_is_in(desk, ray):
    candidacy = ready(state="held")
    written_by_others(candidacy)
    pages = [page_of(candidacy), page_of(candidacy, "history"), page_of(candidacy, "race"), QUEUE]
    pages += [reverse("admin:vetting_vettingfile_changelist"), reverse("vetting:answers", args=[candidacy.pk])]

    for page in pages:
        text = text_of(desk.get(page, follow=True))
        assert [secret for secret in SECRETS if secret in text] == []
    before = text_of(desk.get(page_of(candidacy)))
    assert "A fact for all." in before
    assert "kept back until your own verdict is in" in before
    assert "<strong>Decline</strong>" not in before
    assert desk.post(page_of(candidacy), typed()).status_code == 302

    after = text_of(desk.get(page_of(candidacy)))
    assert [secret for secret in SECRETS if secret not in after] == []
    assert "<strong>Decline</strong>" in after
    assert "Your verdict</h2>" not in after
    assert SECRETS[4] in text_of(desk.get(reverse("vetting:answers", args=[candidacy.pk])))
    assert desk.get(reverse("admin:journal_entry_changelist")).status_code == 403


def test_a_refused_verdict_shows_no_others(desk):
    candidacy = ready(state="held")
    written_by_others(candidacy)

    page = desk.post(page_of(candidacy), typed(reason="", sources="I typed this."))

    text = text_of(page)
    assert page.status_code == 400
    assert "I typed this.</textarea>" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_lead_and_an_auditor_see_all_and_give_no_verdict(client, set_clock):
    set_clock(NOW)
    candidacy = ready(state="held")
    written_by_others(candidacy)

    for role, heading in (("Vetting lead", "Decide</h2>"), ("Auditor", "Decisions so far</h2>")):
        client.force_login(vetter(role, role))
        text = text_of(client.get(page_of(candidacy)))
        assert [secret for secret in SECRETS if secret not in text] == []
        assert heading in text
        assert "Your verdict</h2>" not in text
        assert client.post(page_of(candidacy), typed()).status_code == 403
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize("act", ["decide", "extend", "refuse", "renew"])
def test_a_reviewer_decides_nothing(desk, act):
    assert desk.post(page_of(ready()), {"act": act}).status_code == 403


def test_who_only_reads_writes_nothing(client, set_clock):
    set_clock(NOW)
    client.force_login(vetter("Ann", "Auditor"))
    candidacy = ready()
    for act in ("verdict", "note", "take", "recuse", "x", ""):
        assert client.post(page_of(candidacy), {"act": act}).status_code == 403
    assert client.get(page_of(candidacy, "owner")).status_code == 403
    assert "Recuse myself" not in text_of(client.get(page_of(candidacy)))


@pytest.mark.parametrize("fields", [{"no_conflict": ""}, {"recommendation": "x"}, {"reason": "a\0b"}])
def test_a_bad_verdict_is_refused_in_words(desk, fields):
    page = desk.post(page_of(ready()), typed(**fields))

    assert page.status_code == 400
    assert "errorlist" in text_of(page)
    assert not Verdict.objects.exists()


def test_recusing_hides_the_file(desk, ray):
    candidacy, other = ready(), ready("Bo Stone")
    partner = PartnerEndorsementFactory(candidacy=candidacy)
    AssignmentFactory(candidacy=candidacy, owner=ray)
    tie = {"act": "recuse", "recuse-reason": "My sister works there."}

    page = desk.post(page_of(candidacy), tie)

    assert page.url == page_of(other)
    assert Recusal.objects.get().person == ray
    gone = desk.get(page_of(candidacy), follow=True)
    assert gone.request["PATH_INFO"] == QUEUE
    assert "You recused yourself from this file." in text_of(gone)
    assert "Jane Rivera" not in text_of(gone)
    assert desk.post(page_of(candidacy), typed()).status_code == 302
    assert not Verdict.objects.exists()
    for name in ("race", "owner"):
        assert desk.get(page_of(candidacy, name)).status_code == 404
    assert desk.get(page_of(candidacy, "history")).status_code == 302
    lists = ["vettingfile", "response", "partnerendorsement"]
    for name in lists:
        text = text_of(desk.get(reverse(f"admin:vetting_{name}_changelist")))
        assert "Jane Rivera" not in text
    assert desk.get(reverse("admin:vetting_partnerendorsement_change", args=[partner.pk])).status_code == 302
    assert desk.get(reverse("vetting:answers", args=[candidacy.pk])).status_code == 404
    assert desk.get(reverse("vetting:answers", args=[other.pk])).status_code == 200


def test_a_recusal_is_named_and_its_reason_is_for_leads(desk, client, set_clock):
    candidacy = ready()
    RecusalFactory(candidacy=candidacy, person__name="Rob Out")

    text = text_of(desk.get(page_of(candidacy)))
    assert "Rob Out stays out of this file." in text
    assert "My sister works for them." not in text
    client.force_login(vetter("Lea", "Vetting lead"))
    assert "My sister works for them." in text_of(client.get(page_of(candidacy)))


def test_a_lead_decides_without_the_third_only_with_a_reason(client, set_clock):
    set_clock(NOW)
    client.force_login(vetter("Lea", "Vetting lead"))
    candidacy = ready()
    VerdictFactory(candidacy=candidacy, recommendation="clear")
    assert "Why without a third opinion" not in text_of(client.get(page_of(candidacy)))
    VerdictFactory(candidacy=candidacy, recommendation="hold")
    said = {"act": "decide", "decide-decision": "clear", "decide-reason": "Fits."}

    page = client.post(page_of(candidacy), said)
    assert page.status_code == 400
    assert "Two verdicts differ" in text_of(page)
    assert "Why without a third opinion" in text_of(page)
    assert client.post(page_of(candidacy), said | {"decide-without_third": "Tonight."}).status_code == 302
    candidacy.refresh_from_db()
    assert candidacy.state == Candidacy.State.CLEARED
    assert "Tonight." in text_of(client.get(page_of(candidacy)))


def test_taking_a_file_and_giving_it_on(desk, ray):
    candidacy, sam = ready(), vetter("Sam")
    assert "No owner" in text_of(desk.get(page_of(candidacy)))

    desk.post(page_of(candidacy), {"act": "take"})
    assert Assignment.objects.get().owner == ray
    text = text_of(desk.get(page_of(candidacy)))
    assert "Owner: Ray" in text
    assert "Let it go</button>" in text
    page = desk.post(page_of(candidacy, "owner"), {"owner": sam.pk}, follow=True)
    assert "the owner is Sam." in text_of(page)
    assert Assignment.objects.get().owner == sam
    desk.post(page_of(candidacy), {"act": "take"})
    desk.post(page_of(candidacy), {"act": "take"})
    assert not Assignment.objects.exists()
    assert Entry.objects.filter(verb="file.assigned").count() == 4


@pytest.mark.parametrize("owner", ["0", "x", "9" * 30])
def test_a_file_is_given_to_nobody_unknown(desk, owner):
    candidacy = ready()
    assert desk.post(page_of(candidacy, "owner"), {"owner": owner}).status_code == 400
    assert not Assignment.objects.exists()


def test_who_recused_herself_is_given_nothing(desk):
    candidacy, sam = ready(), vetter("Sam")
    RecusalFactory(candidacy=candidacy, person=sam)

    page = desk.post(page_of(candidacy, "owner"), {"owner": sam.pk})

    assert page.status_code == 400
    assert "Sam stays out of this file." in text_of(page)


def test_a_note_from_the_file(desk, ray):
    candidacy = ready()
    said = {"act": "note", "note-kind": "self", "note-text": "A nurse and a mother.", "note-source": ""}

    desk.post(page_of(candidacy), said)

    assert Note.objects.values_list("kind", "text", "author").get() == ("self", "A nurse and a mother.", ray.pk)
    assert "In the candidate’s own words, for staff only</h2>" in text_of(desk.get(page_of(candidacy)))
    bad = desk.post(page_of(candidacy), said | {"note-source": "nowhere"})
    assert bad.status_code == 400
    assert "Type the whole web address" in text_of(bad)


def test_a_race_side_by_side(desk, ray):
    jane = ready(first_run=True)
    bo = ready("Bo Stone", race=jane.race)
    out = ready("Out Oda", race=jane.race)
    RecusalFactory(candidacy=out, person=ray)

    text = text_of(desk.get(page_of(jane, "race")))

    assert text.count("82 in favor, 10 against, 0 abstained") == 2
    assert "Jane Rivera" in text
    assert "Bo Stone" in text
    assert "Out Oda" not in text
    assert "1 file is not shown: you recused yourself." in text
    assert text.count("evidence of recommended") == 2
    assert page_of(bo, "race") in text_of(desk.get(page_of(bo)))


def test_an_earlier_race_is_named(desk):
    old = CandidacyFactory(name="Jane Rivera", state="not_endorsed", race=race_in(6))
    jane = ready("Jane Rivera")

    text = text_of(desk.get(page_of(jane)))

    assert f'Under this name in another race: <a href="{page_of(old)}">' in text
    assert "U.S. House, Massachusetts 6th District, 2026</a>, Not endorsed" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_take_the_same_queries_however_full(desk, ray, rows, django_assert_max_num_queries):
    first = ready(round=RoundFactory())
    for n in range(rows):
        rival = ready(f"Rival {n}", race=first.race)
        AssignmentFactory(candidacy=rival)
        VerdictFactory(candidacy=rival)
        for candidacy in (first, rival):
            NominationFactory(candidacy=candidacy)
            NoteFactory(candidacy=candidacy)
    for page, most in ((QUEUE, 10), (page_of(first), 12), (page_of(first, "race"), 11), (page_of(first, "owner"), 6)):
        desk.get(page)
        with django_assert_max_num_queries(most):
            assert desk.get(page).status_code == 200


def test_strangers_see_no_queue(client, ada):
    candidacy = ready()
    client.force_login(ada)
    for page in (QUEUE, page_of(candidacy, "race"), page_of(candidacy, "skip"), page_of(candidacy, "owner")):
        assert client.get(page).status_code == 302
    client.force_login(vetter("Tel", "Teller"))
    for page in (QUEUE, page_of(candidacy, "race"), page_of(candidacy, "skip"), page_of(candidacy, "owner")):
        assert client.get(page).status_code == 403


def test_the_verb_and_the_page_agree_on_who_vets(dee, ray):
    lead, auditor = vetter("Lea", "Vetting lead"), vetter("Ann", "Auditor")
    assert [verdicts.reviews(one) for one in (ray, lead, dee, auditor)] == [True, False, False, False]
    assert [verdicts.decides(one) for one in (ray, lead, dee, auditor)] == [False, True, True, False]
    assert set(verdicts.staff_of_the_desk()) == {ray, lead, dee}


def test_whoever_opens_a_file_or_its_race_is_written_down_once_an_hour(desk, ray):
    candidacy = ready()
    rival = ready("Rival", race=candidacy.race)
    NoteFactory(candidacy=rival)
    for candidacies in (candidacy, rival):
        NominationFactory(candidacy=candidacies)
    RecusalFactory(candidacy=rival, person=ray)
    for _twice in range(2):
        desk.get(page_of(candidacy))
        desk.get(page_of(candidacy, "race"))
        desk.get(page_of(rival))
        desk.get(QUEUE)

    read = Entry.objects.filter(verb__startswith="read.").order_by("id").values_list("verb", "subject", "actor")
    assert list(read) == [
        ("read.opened", f"candidacy:{candidacy.pk}", f"user:{ray.pk}"),
        ("read.found", f"candidacy:{candidacy.pk}", f"user:{ray.pk}"),
    ]
