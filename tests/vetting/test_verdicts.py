"""Verdicts, recusals, notes, and whose file it is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from journal.models import Approval, Entry
from rounds.models import Candidacy
from rounds.refusals import Refusal as RoundsRefusal
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import AssignmentFactory, NoteFactory, RecusalFactory, ResponseFactory, VerdictFactory
from vetting import reviewing, verdicts
from vetting.models import Assignment, Note, Recusal, Review, Verdict
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db

NOW = START + timedelta(days=8)


def reviewer(name="Ray", **rest):
    user = UserFactory(name=name, is_staff=True, **rest)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_review", "view_vettingfile"]))
    return user


def give(candidacy, by, **said):
    typed = {"recommendation": "clear", "reason": "A good file.", "no_conflict": True} | said
    return verdicts.give(candidacy, by=by, now=NOW, **typed)


def test_a_verdict_is_kept_and_the_journal_does_not_say_which():
    ray, candidacy = reviewer(), CandidacyFactory()

    verdict = give(candidacy, ray, sources="votes", acquaintance="Met once.")

    kept = Verdict.objects.values("recommendation", "reason", "sources", "acquaintance", "reviewer", "given_at").get()
    assert kept == {
        "recommendation": "clear",
        "reason": "A good file.",
        "sources": "votes",
        "acquaintance": "Met once.",
        "reviewer": ray.pk,
        "given_at": NOW,
    }
    entry = Entry.objects.get()
    assert (entry.verb, entry.reason, entry.before, entry.after) == (
        "verdict.given",
        "",
        None,
        {"verdict": verdict.pk},
    )


def test_a_verdict_is_given_once():
    ray, candidacy = reviewer(), CandidacyFactory()
    first = give(candidacy, ray)

    assert give(candidacy, ray) == first
    with pytest.raises(Refusal, match="is in and stands"):
        give(candidacy, ray, recommendation="decline")

    assert Verdict.objects.get().recommendation == "clear"
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"recommendation": "endorse"}, "Choose what you recommend"),
        ({"reason": " \n"}, "Give the reason"),
        ({"reason": "a\0b"}, "control characters"),
        ({"sources": "x" * 10_001}, "10,000"),
        ({"no_conflict": False}, "recuse yourself"),
    ],
)
def test_a_verdict_needs_its_parts(said, sentence):
    with pytest.raises(Refusal, match=sentence):
        give(CandidacyFactory(), reviewer(), **said)
    assert (Verdict.objects.count(), Entry.objects.count()) == (0, 0)


def test_who_decides_gives_no_verdict(dee):
    with pytest.raises(Refusal, match="gives no verdict"):
        give(CandidacyFactory(), dee)


@pytest.mark.parametrize("state", [state for state in Candidacy.State if state not in verdicts.UNDER_REVIEW])
def test_no_verdict_after_the_decision(state):
    with pytest.raises(Refusal, match="no verdict is asked any more"):
        give(CandidacyFactory(state=state), reviewer())


def test_a_held_file_takes_verdicts():
    assert give(CandidacyFactory(state="held"), reviewer()).recommendation == "clear"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([], False),
        (["clear"], False),
        (["clear", "clear"], False),
        (["clear", "hold"], True),
        (["hold", "decline"], True),
        (["clear", "hold", "hold"], False),
    ],
)
def test_a_third_opinion_is_wanted_when_two_differ(given, wanted):
    candidacy = CandidacyFactory()
    for one in given:
        VerdictFactory(candidacy=candidacy, recommendation=one)
    VerdictFactory(recommendation="decline")

    assert verdicts.third_wanted(candidacy) is wanted


def test_the_verdict_of_who_recused_herself_counts_no_more():
    candidacy, ray = CandidacyFactory(), reviewer()
    VerdictFactory(candidacy=candidacy, recommendation="clear")
    VerdictFactory(candidacy=candidacy, reviewer=ray, recommendation="decline")
    RecusalFactory(person=ray)
    assert verdicts.third_wanted(candidacy) is True

    verdicts.recuse(candidacy, by=ray, now=NOW, reason="I work there now.")

    assert verdicts.third_wanted(candidacy) is False
    assert candidacy.verdicts.count() == 2


def decide(candidacy, by, **rest):
    return reviewing.hold(candidacy, by=by, now=NOW, reason="We wait.", **rest)


def test_the_lead_waits_for_the_third_opinion_or_says_why_not(dee):
    candidacy = CandidacyFactory()
    VerdictFactory(candidacy=candidacy, recommendation="clear")
    VerdictFactory(candidacy=candidacy, recommendation="decline")

    for said in ("", "  "):
        with pytest.raises(Refusal, match="wait for a third opinion"):
            decide(candidacy, dee, without_third=said)
    assert not Review.objects.exists()
    review = decide(candidacy, dee, without_third="The freeze is tonight.")

    assert review.without_third == "The freeze is tonight."
    after = Entry.objects.get(verb="review.hold").after
    assert after == {"review": review.pk, "without_third": "The freeze is tonight."}


def test_once_the_third_is_in_the_lead_decides(dee):
    candidacy = CandidacyFactory()
    for one in ("clear", "decline", "clear"):
        VerdictFactory(candidacy=candidacy, recommendation=one)

    review = decide(candidacy, dee, without_third="Not needed.")

    assert review.without_third == ""
    assert Entry.objects.get(verb="review.hold").after == {"review": review.pk}


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        (["decline"], False),
        (["decline", "decline"], True),
        (["hold", "decline", "decline"], True),
        (["clear", "decline", "decline"], False),
    ],
)
def test_against_every_verdict_a_second_person_decides_the_same(dee, given, asks):
    round = RoundFactory(second_person=True)
    candidacy = CandidacyFactory(gates=2, round=round)
    NominationFactory(candidacy=candidacy)
    ResponseFactory(candidacy=candidacy, submitted_at=START, right=4, total=4, passed=True)
    for one in given:
        VerdictFactory(candidacy=candidacy, recommendation=one)
    other = UserFactory(is_superuser=True, is_staff=True)
    said = {"now": NOW, "reason": "We know better."}

    first = reviewing.clear(candidacy, by=dee, **said)

    assert (first is None) is asks
    assert candidacy.state == ("nominated" if asks else "cleared")
    if asks:
        with pytest.raises(RoundsRefusal, match="You asked for this yourself"):
            reviewing.clear(candidacy, by=dee, **said)
        assert reviewing.clear(candidacy, by=other, **said).decided_by == other
    assert candidacy.state == "cleared"
    assert Review.objects.count() == 1


def test_the_second_person_agrees_to_the_very_decision(dee):
    candidacy = CandidacyFactory(gates=2, round=RoundFactory(second_person=True))
    NominationFactory(candidacy=candidacy)
    ResponseFactory(candidacy=candidacy, submitted_at=START, right=4, total=4, passed=True)
    for _n in range(2):
        VerdictFactory(candidacy=candidacy, recommendation="hold")
    other = UserFactory(is_superuser=True, is_staff=True)
    assert reviewing.clear(candidacy, by=dee, now=NOW, reason="Fits.") is None

    with pytest.raises(RoundsRefusal, match="asked for something else"):
        reviewing.decline(candidacy, by=other, now=NOW, reason="No.", call_with_groups="Monday.")

    assert (candidacy.state, Review.objects.count()) == ("nominated", 0)
    assert reviewing.hold(candidacy, by=other, now=NOW, reason="As they say.").decision == "hold"


def test_what_somebody_asked_for_ends_when_she_recuses_herself(dee):
    candidacy = CandidacyFactory(gates=2, round=RoundFactory(second_person=True))
    for _n in range(2):
        VerdictFactory(candidacy=candidacy, recommendation="clear")
    said = {"now": NOW, "reason": "A new finding.", "call_with_groups": "Monday."}
    assert reviewing.decline(candidacy, by=dee, **said) is None

    verdicts.recuse(candidacy, by=dee, now=NOW, reason="My sister works there.")

    other = UserFactory(is_superuser=True, is_staff=True)
    assert reviewing.decline(candidacy, by=other, **said) is None
    assert Approval.objects.get(ended_at=None).asked_by == f"user:{other.pk}"


def test_one_lead_alone_decides_where_the_round_asks_for_nobody(dee):
    candidacy = CandidacyFactory(gates=2, round=RoundFactory())
    for _n in range(2):
        VerdictFactory(candidacy=candidacy, recommendation="clear")

    review = reviewing.decline(candidacy, by=dee, now=NOW, reason="A new finding.", call_with_groups="Monday.")

    assert review.decision == "decline"


def test_recusing_gives_the_file_back():
    ray, candidacy = reviewer(), CandidacyFactory()
    AssignmentFactory(candidacy=candidacy, owner=ray)

    said = [verdicts.recuse(candidacy, by=ray, now=NOW, reason="My sister works there.") for _n in range(2)]

    assert said == [True, False]
    assert Recusal.objects.values_list("person", "reason", "at").get() == (ray.pk, "My sister works there.", NOW)
    assert not Assignment.objects.exists()
    entry = Entry.objects.get()
    assert (entry.verb, entry.reason, entry.after) == ("file.recused", "", {"gave_up": True})


def test_recusing_needs_a_reason():
    with pytest.raises(Refusal, match="what ties you"):
        verdicts.recuse(CandidacyFactory(), by=reviewer(), now=NOW, reason=" ")
    assert not Recusal.objects.exists()


def test_who_recused_herself_does_nothing_in_the_file(dee):
    ray, candidacy = reviewer(), CandidacyFactory()
    for person in (ray, dee):
        RecusalFactory(candidacy=candidacy, person=person)

    with pytest.raises(Refusal, match="recused yourself"):
        give(candidacy, ray)
    with pytest.raises(Refusal, match="recused yourself"):
        verdicts.note(candidacy, by=ray, now=NOW, kind="fact", text="x")
    with pytest.raises(Refusal, match="recused yourself"):
        decide(candidacy, dee)
    with pytest.raises(Refusal, match="stays out of this file"):
        verdicts.assign(candidacy, owner=ray, by=reviewer("Sam"), now=NOW)


def test_a_file_is_given_on_with_a_journal_row():
    ray, sam, candidacy = reviewer(), reviewer("Sam"), CandidacyFactory()

    done = [verdicts.assign(candidacy, owner=owner, by=ray, now=NOW) for owner in (ray, ray, sam, None, None)]

    assert done == [True, False, True, True, False]
    assert not Assignment.objects.exists()
    rows = Entry.objects.order_by("pk").values_list("verb", "before", "after")
    assert list(rows) == [
        ("file.assigned", {"owner": None}, {"owner": ray.pk}),
        ("file.assigned", {"owner": ray.pk}, {"owner": sam.pk}),
        ("file.assigned", {"owner": sam.pk}, {"owner": None}),
    ]


def test_only_who_vets_owns_a_file(dee):
    candidacy = CandidacyFactory()
    stranger, gone = UserFactory(is_staff=True, name="Stan"), reviewer("Gone", is_active=False)

    assert verdicts.assign(candidacy, owner=dee, by=dee, now=NOW) is True
    for user in (stranger, gone):
        with pytest.raises(Refusal, match="does not vet"):
            verdicts.assign(candidacy, owner=user, by=dee, now=NOW)
    assert Assignment.objects.get().owner == dee


def test_a_note_is_written_once():
    ray, candidacy = reviewer(), CandidacyFactory()
    said = {"by": ray, "now": NOW, "kind": "source", "text": "Roll call.", "source": "https://example.org/votes"}

    assert verdicts.note(candidacy, **said) == verdicts.note(candidacy, **said)

    assert Note.objects.values_list("kind", "text", "source", "author").get() == (
        "source",
        "Roll call.",
        "https://example.org/votes",
        ray.pk,
    )
    entry = Entry.objects.get()
    assert (entry.verb, entry.reason, entry.after) == (
        "file.noted",
        "",
        {"note": Note.objects.get().pk, "kind": "source"},
    )


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "rumour"}, "what kind"),
        ({"text": ""}, "Write something"),
        ({"kind": "source"}, "address where this stands"),
        ({"source": "example"}, "whole web address"),
        ({"source": "javascript:alert(1)"}, "whole web address"),
        ({"source": "https://example.org/" + "x" * 200}, "too long"),
    ],
)
def test_a_bad_note_is_refused(said, sentence):
    typed = {"kind": "fact", "text": "x"} | said
    with pytest.raises(Refusal, match=sentence):
        verdicts.note(CandidacyFactory(), by=reviewer(), now=NOW, **typed)
    assert not Note.objects.exists()


def test_a_logged_call_is_enough_to_decline(dee):
    candidacy = CandidacyFactory(gates=2)
    NominationFactory(candidacy=candidacy)
    ResponseFactory(candidacy=candidacy)
    NoteFactory(candidacy=candidacy, text="Not a call.")
    said = {"by": dee, "now": NOW, "reason": "Votes against rivers."}
    with pytest.raises(Refusal, match="talk with the groups"):
        reviewing.decline(candidacy, **said)
    NoteFactory(candidacy=candidacy, kind="call", text="Ada knows.", author=reviewer("Ray"))

    review = reviewing.decline(candidacy, **said)

    assert review.call_with_groups.endswith(", Ray: Ada knows.")
    assert candidacy.state == "declined"
