from datetime import timedelta

import pytest

from endorsements import endorsing, telling
from endorsements.models import Endorsement
from mailings import postroom
from mailings.models import Letter
from rounds.models import Candidacy, Nomination, Round
from rounds.refusals import Refusal
from tests.factories.groups import LeadershipFactory, MemberFactory, UserFactory, district
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, NominationFactory
from tests.factories.voting import RollEntryFactory
from voting import results

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(settings):
    """A counted round with one endorsed candidate in MA-07, her nomination and its leader: (round, nomination)."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    result = counted({1: 66, 2: 34})
    candidacy = result.leading.candidacy
    nomination = NominationFactory(candidacy=candidacy, statement="She listens.")
    LeadershipFactory(group=nomination.group, user=UserFactory(email="leader@example.org"))
    return result.contest.round, nomination


def certified(round, stage=Round.Stage.CERTIFIED):
    """The round's results certified, as at a stage that comes after."""
    results.certify(round, by=None, now=START)
    Round.objects.filter(pk=round.pk).update(stage=stage)
    round.refresh_from_db()
    return round


def read(letter):
    """A letter's text, its lines joined."""
    return " ".join(letter.body.split())


def sent(now, name):
    """Send the letters of one name alone; how many went."""
    Letter.objects.exclude(name=name).delete()
    return postroom.send_due(now)


def test_the_groups_get_outcome_and_figures_under_embargo(decided, mailoutbox):
    round, _nomination = decided
    certified(round)

    telling.groups(round, now=START)
    telling.groups(round, now=START)
    sent(START, "endorsements.groups_result")

    [letter] = mailoutbox
    assert letter.to == ["leader@example.org"] or "leader@example.org" in letter.to[0]
    assert "Embargoed" in letter.subject
    assert "do not share this yet" in read(letter)
    assert "66 of 100 votes (66%)" in read(letter)
    assert len(letter.alternatives) == 1


def test_a_group_whose_nominee_lost_is_told_kindly(settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    result = counted({1: 40, 2: 60})
    nomination = NominationFactory(candidacy=result.contest.options.get(number=1).candidacy)
    LeadershipFactory(group=nomination.group)
    certified(result.contest.round)

    telling.groups(result.contest.round, now=START)
    sent(START, "endorsements.groups_result")

    assert "is not endorsed" in read(mailoutbox[0])
    assert "no public record" in read(mailoutbox[0])


def test_members_hear_whether_an_endorsement_was_made(decided, mailoutbox):
    round, nomination = decided
    contest = round.contests.get()
    RollEntryFactory(round=round, contests=[contest], member=MemberFactory(email="ben@example.org", first_name="Ben"))
    certified(round, Round.Stage.ANNOUNCED)

    telling.members(round, now=START)
    sent(START, "endorsements.result")

    [letter] = mailoutbox
    assert "Hello Ben" in read(letter)
    assert f"we endorse (support in public) {nomination.candidacy.name}" in read(letter)
    assert letter.extra_headers.get("List-Unsubscribe") is None


def test_later_joiners_of_the_place_hear_it_as_news(decided, mailoutbox):
    round, _nomination = decided
    RollEntryFactory(round=round, contests=[round.contests.get()], member=MemberFactory(wants_news=True))
    MemberFactory(email="joined@example.org", wants_news=True)
    MemberFactory(email="quiet@example.org", wants_news=False)
    MemberFactory(email="elsewhere@example.org", wants_news=True, district=district("MA", 8))
    MemberFactory(email="unconfirmed@example.org", wants_news=True, confirmed_at=None, confirmed_how="")
    certified(round, Round.Stage.ANNOUNCED)

    telling.members(round, now=START)
    sent(START, "endorsements.result_news")

    [letter] = mailoutbox
    assert "joined@example.org" in letter.to[0]
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_campaigns_hear_it_at_the_announcement(decided, mailoutbox):
    round, _nomination = decided
    certified(round, Round.Stage.ANNOUNCED)
    endorsing.issue_all(round, now=START)
    telling.members(round, now=START)

    assert sent(START, "endorsements.campaign_result") == 1

    [letter] = mailoutbox
    assert "Congratulations" in read(letter)
    assert Endorsement.objects.get().get_absolute_url() in read(letter)


def test_result_letters_lapse_after_two_weeks(decided):
    round, _nomination = decided
    RollEntryFactory(round=round, contests=[round.contests.get()])
    certified(round, Round.Stage.ANNOUNCED)
    telling.members(round, now=START)

    assert postroom.send_due(START + timedelta(days=14, seconds=1)) == 0
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.State.EXPIRED}


def test_issuing_twice_is_issuing_once_and_begins_from_the_groups_words(decided):
    round, nomination = decided
    certified(round)

    for _ in range(2):
        endorsing.issue_all(round, now=START)

    endorsement = Endorsement.objects.get()
    assert endorsement.reason == f"{nomination.group.name}: She listens."
    assert endorsement.announced_at is None
    assert endorsement.slug.endswith("-ma-07-2026")


@pytest.mark.parametrize("gates", [0, 1, 2, 3])
def test_no_endorsement_without_all_four_gates(gates):
    candidacy = CandidacyFactory(gates=gates, state=Candidacy.State.ON_BALLOT)

    with pytest.raises(Refusal):
        endorsing.issue(candidacy, None, now=START)

    assert Endorsement.objects.count() == 0


def test_how_an_endorsement_went_on_is_told_once(decided, dee):
    round, _nomination = decided
    certified(round)
    [endorsement] = endorsing.issue_all(round, now=START)

    assert endorsing.settle(endorsement, "won", note="November 3: she won.", by=dee, now=START) is True
    with pytest.raises(endorsing.Refusal):
        endorsing.settle(endorsement, "lapsed", note="No.", by=dee, now=START)
    assert Nomination.objects.count() == 1
