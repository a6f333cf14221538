"""A dress rehearsal from its beginning to its wiping: what it writes, to whom, and that nothing of it is left."""

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.apps import apps
from django.core import mail

from endorsements import ticking
from endorsements.health import verifying
from endorsements.models import Chore, Endorsement
from endorsements.refusals import Refusal
from endorsements.rehearsal import rehearsal_steps, rehearsing, wiping
from groups.models import Member
from journal import book
from journal.models import Approval, Entry
from keys import files
from mailings import postroom
from mailings.models import Letter, Wave
from rounds.models import Candidacy, Contest, Cycle, Nomination, Race, Round
from tests.crawl import every_row
from tests.factories.groups import MemberFactory, UserFactory
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, ContestFactory, NominationFactory, RoundFactory
from tests.factories.vetting import QuestionnaireFactory
from tests.factories.voting import RollEntryFactory, polls, vote
from voting import ceremony, links, posting
from voting.models import RollEntry

pytestmark = pytest.mark.django_db(transaction=True)

Stage = Round.Stage
MINUTE = timedelta(minutes=1)
# What a rehearsal leaves behind for good, and what the clock keeps of itself.
KEPT = ["journal_entry", "rounds_round", "journal_tick", "endorsements_outlook", "endorsements_verification"]
OUTSIDE = ["sqlite_sequence", "mailings_provider"]


@pytest.fixture
def house(group, ada, ben, dee):
    """Staff who are members (Dee), staff who are not (Eve), members, leaders, and a real round with its nominee."""
    MemberFactory(email=dee.email)
    UserFactory(email="eve@example.org", name="Eve", is_staff=True)
    round = RoundFactory(name="Spring round", slug="spring", stage=Stage.NOMINATING, starts_at=START)
    NominationFactory(group=group, candidacy=CandidacyFactory(round=round, gates=2), submitted_by=ada)
    past = RoundFactory(name="Winter round", slug="winter", stage=Stage.ANNOUNCED)
    counted({1: 60, 2: 40}, round=past)
    return round


def rows():
    """The whole database but what is kept for good; an empty compartment of the box is nothing."""
    found = every_row(but=[*KEPT, *OUTSIDE])
    return {table: some for table, some in found.items() if some or not table.startswith("envelope_")}


def run(round, set_clock, *, since=None, until=None, seconds=30, votes=True):
    """Let the clock tick every half minute from the rehearsal's beginning; somebody votes as soon as she can."""
    now, voted = since or round.nominations_open_at, not votes
    while now <= (until or round.announce_at + MINUTE):
        set_clock(now)
        ticking.tick(now)
        round.refresh_from_db()
        if round.stage == Stage.VOTING and not voted:
            entry = RollEntry.objects.get(round=round)
            vote(entry)
            posting.enqueue_receipt(entry, now=now)
            voted = True
        now += timedelta(seconds=seconds)
    return now


def begin(house, dee, set_clock, at=START + timedelta(hours=1), **options):
    set_clock(at)
    return rehearsing.begin(house.cycle, by=dee, now=at, reason="Before the spring.", **options)


def left_of(round, contests, candidacies):
    """{model: rows} of everything that still points at the round, its contests or candidacies by a foreign key."""
    wanted = {Round: [round.pk], Contest: contests, Candidacy: candidacies}
    found = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            target = field.related_model and field.related_model._meta.concrete_model
            if target in wanted and (n := model.objects.filter(**{f"{field.attname}__in": wanted[target]}).count()):
                found[model._meta.label] = n
    return found


def test_a_whole_rehearsal_by_the_clock_alone_then_wiped_without_a_trace(house, dee, ben, set_clock, settings):
    QuestionnaireFactory(cycle=house.cycle, current=True, frozen_at=START)
    set_clock(START + timedelta(hours=1))
    ticking.tick(START + timedelta(hours=1))
    mail.outbox.clear()
    before = rows()
    rounds = list(Round.objects.order_by("pk").values())

    round = begin(house, dee, set_clock)
    run(round, set_clock)

    assert round.stage == Stage.ANNOUNCED
    got = {parseaddr(letter.to[0])[1] for letter in mail.outbox}
    assert got == {dee.email, "eve@example.org", settings.CONTACT_EMAIL}
    assert [letter.subject for letter in mail.outbox if not letter.subject.startswith("[Rehearsal] ")] == []
    contests = list(round.contests.values_list("pk", flat=True))
    candidacies = list(round.candidacies.values_list("pk", flat=True))
    assert (len(contests), len(candidacies)) == (2, 3)
    assert [step.label for step in states(round, "waits")] == ["Wiped"]
    assert len(states(round, "seen")) == len(rehearsal_steps.STEPS) - 1
    assert Endorsement.objects.filter(round=round).exists()
    assert not Endorsement.objects.public(round.announce_at + MINUTE).filter(round=round).exists()

    now = round.announce_at + 2 * MINUTE
    gone = wiping.wipe(round, by=dee, now=now, reason="Seen.")
    ticking.tick(now + MINUTE)

    assert gone["rollentry"] == 1 and gone["eligibility"] == 2 and gone["opened_ballot"] == 2
    assert left_of(round, contests, candidacies) == {"endorsements.Outlook": 1}
    assert rows() == before
    assert not Cycle.objects.filter(year=Cycle.REHEARSALS).exists()
    assert list(Round.objects.exclude(pk=round.pk).order_by("pk").values()) == rounds
    assert (Round.objects.get(pk=round.pk).stage, verifying.wrong()) == (Stage.ARCHIVED, [])
    proof = book.entries_of(round).get(verb="round.wiped")
    assert (proof.reason, proof.actor, proof.after["gone"]["letter"]) == (
        "Seen.",
        book.actor_of(dee)[0],
        gone["letter"],
    )
    assert [step.label for step in states(round, "seen")] == [
        str(label) for _name, label, _said in rehearsal_steps.STEPS
    ]


def states(round, state):
    return [step for step in rehearsal_steps.checklist(round, round.announce_at) if step.state == state]


def test_the_mailbox_of_a_rehearsal_has_every_kind_of_letter(house, dee, set_clock):
    QuestionnaireFactory(cycle=house.cycle, current=True, frozen_at=START)
    round = begin(house, dee, set_clock)
    run(round, set_clock)
    sent = set(Letter.objects.exclude(topic="").values_list("name", flat=True))
    assert sent >= {
        "rounds.opened",
        "vetting.questionnaire",
        "voting.notice",
        "voting.ballot",
        "voting.receipt",
        "voting.reminder",
        "endorsements.groups_result",
        "endorsements.campaign_result",
        "endorsements.result",
    }


def test_a_version_that_nobody_was_asked_by_stays_open_to_changes(house, dee, set_clock):
    version = QuestionnaireFactory(cycle=house.cycle, current=True)
    round = begin(house, dee, set_clock)
    version.refresh_from_db()
    assert version.frozen_at is None
    [asked] = [step for step in rehearsal_steps.checklist(round, START) if step.label == "Questionnaire sent"]
    assert (asked.state, asked.said[:14]) == ("missed", "Not rehearsed:")


def test_its_dates_follow_one_another_within_the_minutes_given(house, dee, set_clock):
    round = begin(house, dee, set_clock, minutes=20)
    assert round.announce_at - round.nominations_open_at == 20 * MINUTE
    assert round.voting_closes_at - round.voting_opens_at == 9 * MINUTE


@pytest.mark.parametrize("minutes", [0, 4, 1441])
def test_it_lasts_no_less_and_no_more(house, dee, set_clock, minutes):
    with pytest.raises(Refusal, match="from 5 minutes to a day"):
        begin(house, dee, set_clock, minutes=minutes)


def test_a_second_waits_for_the_first_and_for_its_wiping(house, dee, set_clock):
    first = begin(house, dee, set_clock)
    with pytest.raises(Refusal, match="Rehearsal 1 is still running"):
        begin(house, dee, set_clock)
    end = run(first, set_clock)
    with pytest.raises(Refusal, match="Rehearsal 1 is over and not wiped yet"):
        begin(house, dee, set_clock, at=end)
    wiping.wipe(first, by=dee, now=end, reason="Seen.")
    assert begin(house, dee, set_clock, at=end).name == "Rehearsal 2"


def test_without_a_voter_on_the_list_none_begins(house, dee, set_clock):
    dee.is_staff = False
    dee.save()
    with pytest.raises(Refusal, match="Nobody of the staff is on the list of members"):
        begin(house, dee, set_clock)


def test_while_a_real_vote_is_open_none_begins(house, dee, set_clock):
    Round.objects.filter(pk=house.pk).update(stage=Stage.FROZEN)
    assert rehearsing.why_not(START) == ""
    soon = house.voting_opens_at - 20 * MINUTE
    assert (rehearsing.why_not(soon), rehearsing.why_not(soon, 30)[:12]) == ("", "Spring round")
    Round.objects.filter(pk=house.pk).update(stage=Stage.VOTING)
    with pytest.raises(Refusal, match="Spring round is in its vote"):
        begin(house, dee, set_clock)


def test_where_keys_are_peoples_work_the_checklist_says_which_command(house, dee, set_clock, settings):
    settings.EMBEDDED = False
    round = begin(house, dee, set_clock)
    now = run(round, set_clock, until=round.voting_opens_at + MINUTE)
    assert round.stage == Stage.FROZEN
    [keys] = states(round, "waits")
    assert keys.label == "Keys made and tested" and f"manage.py round_keys make {round.slug}" in keys.said

    ceremony.make_keys(round, by=dee, now=now)
    ceremony.test_host(round, by=dee, now=now)
    first, second, _third = ceremony.escrow(round, by=dee, now=now)
    ceremony.test_escrow(round, first, second, by=dee, now=now)
    end = run(round, set_clock, since=now)
    assert (round.stage, len(states(round, "waits"))) == (Stage.ANNOUNCED, 1)
    wiping.wipe(round, by=dee, now=end, reason="Seen.")
    left = files.names(files.SEAL) | files.names(files.CAST) | files.names(files.LINK)
    assert not any(name.startswith("round-") for name in left)


def test_where_nobody_votes_all_are_reminded_and_it_still_comes_to_its_end(house, dee, set_clock):
    round = begin(house, dee, set_clock)
    run(round, set_clock, votes=False)
    assert Letter.objects.get(name="voting.reminder").state == Letter.State.SENT
    assert round.stage == Stage.ANNOUNCED
    assert [step.label for step in states(round, "missed")][-2:] == ["A vote is in", "Receipt mailed"]


def test_a_link_asked_for_is_that_of_the_real_vote(house, dee, set_clock):
    real, _contests, _entries = polls(name="Real vote")
    rehearsal, _contests, _entries = polls(name="Rehearsal", rehearsal=True)
    member = Member.objects.get(email=dee.email)
    for round in (real, rehearsal):
        RollEntryFactory(round=round, member=member, contests=round.contests.all())
    Round.objects.filter(pk=rehearsal.pk).update(voting_closes_at=rehearsal.voting_opens_at + 40 * MINUTE)
    now = real.voting_opens_at + MINUTE
    set_clock(now)
    posting.ask_for_link(dee.email, now=now)
    postroom.send_due(now)
    [letter] = mail.outbox
    assert links.ballot_url(RollEntry.objects.get(round=real, member=member)) in letter.body
    assert not letter.subject.startswith("[Rehearsal]")


# Wiping


def test_a_running_one_is_cancelled_and_wiped(house, dee, set_clock):
    round = begin(house, dee, set_clock)
    now = run(round, set_clock, until=round.voting_opens_at + MINUTE)
    assert round.stage == Stage.VOTING
    contests, stood = (
        list(round.contests.values_list("pk", flat=True)),
        list(round.candidacies.values_list("pk", flat=True)),
    )
    gone = wiping.wipe(round, by=dee, now=now, reason="Enough.")
    assert (round.stage, gone["rollentry"]) == (Stage.CANCELLED, 1)
    assert left_of(round, contests, stood) in ({}, {"endorsements.Outlook": 1})
    assert not Letter.objects.filter(topic=round.topic).exists() and not Wave.objects.filter(topic=round.topic).exists()
    assert Race.objects.filter(cycle__year=Cycle.REHEARSALS).count() == 0


def test_while_its_last_letters_are_written_it_waits(house, dee, set_clock):
    round = begin(house, dee, set_clock)
    run(round, set_clock)
    Chore.objects.filter(round=round, name=Chore.Name.TELL_MEMBERS).update(done_at=None)
    with pytest.raises(Refusal, match="last letters are being written"):
        wiping.wipe(round, by=dee, now=round.announce_at + MINUTE, reason="Seen.")
    assert wiping.wipe(round, by=dee, now=round.announce_at + wiping.WRITING, reason="Seen.")


def test_a_version_of_the_questionnaire_made_for_its_own_year_does_not_keep_it(house, dee, set_clock):
    round = begin(house, dee, set_clock)
    QuestionnaireFactory(cycle=Cycle.objects.get(year=Cycle.REHEARSALS), current=False)
    wiping.wipe(round, by=dee, now=START, reason="Seen.")
    assert not Race.objects.filter(cycle__year=Cycle.REHEARSALS).exists()


def test_a_real_round_is_never_wiped(house, dee):
    with pytest.raises(Refusal, match="Only a rehearsal is wiped"):
        wiping.wipe(house, by=dee, now=START, reason="By mistake.")


def test_it_is_wiped_once_and_with_a_reason(house, dee, set_clock):
    round = begin(house, dee, set_clock)
    with pytest.raises(Refusal, match="Say why"):
        wiping.wipe(round, by=dee, now=START, reason=" ")
    wiping.wipe(round, by=dee, now=START, reason="Seen.")
    with pytest.raises(Refusal, match="Rehearsal 1 is wiped already"):
        wiping.wipe(round, by=dee, now=START, reason="Again.")
    assert Entry.objects.filter(verb="round.wiped").count() == 1


def test_whom_a_group_named_keeps_a_rehearsal_from_being_wiped(house, dee):
    named = CandidacyFactory(name="Jane Rivera")
    NominationFactory(candidacy=named)
    rehearsal = RoundFactory(rehearsal=True, stage=Stage.ANNOUNCED)
    ContestFactory(round=rehearsal, race=named.race, candidates=[named])
    Candidacy.objects.filter(pk=named.pk).update(round=rehearsal)
    with pytest.raises(Refusal, match="Jane Rivera"):
        wiping.wipe(rehearsal, by=dee, now=START, reason="Over.")
    assert Nomination.objects.filter(candidacy=named).exists()


def test_one_planned_by_hand_is_wiped_too_and_waits_for_its_second_person(house, dee):
    rehearsal = RoundFactory(rehearsal=True, stage=Stage.VETTING, second_person=True)
    with pytest.raises(Refusal, match="A second person has to agree"):
        wiping.wipe(rehearsal, by=dee, now=START, reason="Over.")
    assert Approval.objects.filter(action="round.cancel").exists()
    Round.objects.filter(pk=rehearsal.pk).update(second_person=False)
    rehearsal.refresh_from_db()
    wiping.wipe(rehearsal, by=dee, now=START, reason="Over.")
    assert not Approval.objects.exists()


def test_the_clock_wipes_what_nobody_wiped_three_days_after_its_end(house, dee, set_clock):
    round = begin(house, dee, set_clock)
    run(round, set_clock, until=round.voting_opens_at + MINUTE)
    late = round.announce_at + wiping.KEPT
    assert wiping.wipe_due(late - MINUTE) == 0
    set_clock(late)
    assert [wiping.wipe_due(late), wiping.wipe_due(late)] == [1, 0]
    proof = book.entries_of(round).get(verb="round.wiped")
    assert (proof.actor, proof.reason) == ("clock", "Nobody wiped it: the clock does so 3 days after its end.")
