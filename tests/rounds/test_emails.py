"""Every letter to leaders: who gets it, what it says, when it is skipped."""

import re
from datetime import timedelta

import pytest

from mailings import letters, postroom
from mailings.models import Letter
from rounds import candidacies, emails, nominating, posting
from rounds.models import Candidacy, Nomination
from tests.factories.groups import GroupFactory, LeadershipFactory, UserFactory, district
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RaceFactory, RoundFactory

pytestmark = pytest.mark.django_db

NOW = START + timedelta(days=1)
BASE = "http://127.0.0.1:8000"


@pytest.fixture
def round(db):
    return RoundFactory(stage="nominating", name="Round 1")


@pytest.fixture
def nomination(group, ada, round):
    home = district("MA", 7)
    home.organizer_name, home.organizer_email = "Olga Organizer", "olga@example.org"
    home.save()
    candidacy = CandidacyFactory(round=round, name="Jane Rivera", race=RaceFactory(place=home))
    return NominationFactory(
        group=group, candidacy=candidacy, state="submitted", reference="N-4F7K", submitted_at=NOW, submitted_by=ada
    )


def sent(mailoutbox, to, now=NOW):
    """The one letter sent to this address, checked for what every letter has: subject, text."""
    postroom.send_due(now)
    assert not Letter.objects.waiting().exists()
    mine = [message for message in mailoutbox if to in message.to[0]]
    assert len(mine) == 1
    message = mine[0]
    html = message.alternatives[0].content
    assert len(message.subject) <= 78
    assert "{{" not in message.body + html
    assert "{%" not in message.body + html
    assert "help@example.org" in message.body
    links = set(re.findall(r"https?://\S+", message.body))
    assert links
    for link in links:
        assert link in html
        assert link in message.body.splitlines()
    return message.subject, " ".join(message.body.split())


def test_received(nomination, mailoutbox):
    NominationFactory(candidacy=nomination.candidacy, group__name="Lynn & Friends")
    nominating.tell_all(nomination, now=NOW)
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "Your nomination N-4F7K is here"
    for words in (
        "Jane Rivera for U.S. House, Massachusetts 7th District",
        "Its reference is N-4F7K.",
        "These groups have named the same candidate: - Lynn & Friends",
        "Voting in it opens on Sunday, March 8, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific).",
        "has at least seven days to answer it",
        f"{BASE}/lead/nominations/{nomination.pk}/",
        "Questions? Write to Olga Organizer, olga@example.org.",
    ):
        assert words in text


def test_received_between_rounds_with_and_without_a_date(nomination, round, mailoutbox):
    Candidacy.objects.update(round=None)
    nominating.tell_all(nomination, now=NOW)
    _subject, text = sent(mailoutbox, "ada@example.org")
    assert "We will write to you as soon as its dates are known." in text
    mailoutbox.clear()
    RoundFactory(name="Round 2", starts_at=START + timedelta(weeks=6))
    nomination.submitted_at += timedelta(seconds=1)
    nominating.tell_all(nomination, now=NOW)
    _subject, text = sent(mailoutbox, "ada@example.org")
    assert (
        "Round 2 opens on Monday, March 16, 2026, 10:00 a.m. Eastern (7:00 a.m. Pacific); your nomination enters it by "
        "itself." in text
    )


def test_accepted(nomination, dee, mailoutbox):
    nominating.accept(nomination, by=dee, now=NOW, reason="looks good")
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "Your nomination of Jane Rivera is accepted"
    assert "by Boston Common Group (N-4F7K)" in text
    assert "looks good" not in text


def test_returned_says_what_is_missing(nomination, dee, mailoutbox):
    nominating.return_for_correction(nomination, by=dee, now=NOW, reason="How many <could> vote?")
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "One thing is missing: N-4F7K"
    assert "This is missing: How many <could> vote? Answer in a few words" in text
    assert "<could>" not in mailoutbox[0].alternatives[0].content


def test_returned_is_skipped_when_sent_again_meanwhile(nomination, dee, mailoutbox):
    nominating.return_for_correction(nomination, by=dee, now=NOW, reason="x")
    nominating.move(nomination, "submitted", by=None, now=NOW)
    postroom.send_due(NOW)
    assert mailoutbox == []
    assert Letter.objects.get().state == Letter.State.SKIPPED


def test_refused_says_why(nomination, dee, mailoutbox):
    nominating.refuse(nomination, by=dee, now=NOW, reason="The vote was not open to all members.")
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "About your nomination N-4F7K"
    assert "The reason: The vote was not open to all members. Your own local endorsement stays as it is." in text
    assert "olga@example.org" in text


def test_moved_says_why_and_when(nomination, round, mailoutbox):
    candidacies.roll_over(nomination.candidacy, now=NOW, reason="The questionnaire was not finished.")
    RoundFactory(name="Round 2", starts_at=START + timedelta(weeks=6))
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "Jane Rivera moves to the next round"
    assert "is not on the ballot of Round 1. The reason: The questionnaire was not finished." in text
    assert "The next round is Round 2. It opens on Monday, March 16, 2026, 10:00 a.m. Eastern" in text


def test_moved_without_a_next_date(nomination, mailoutbox):
    candidacies.roll_over(nomination.candidacy, now=NOW, reason="x")
    _subject, text = sent(mailoutbox, "ada@example.org")
    assert "The dates of the next round are not known yet." in text


def test_joined_names_the_newcomer(nomination, mailoutbox):
    newcomer = NominationFactory(
        candidacy=nomination.candidacy, group__name="Lynn Group", state="submitted", submitted_at=NOW
    )
    nominating.tell_all(newcomer, now=NOW)
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "Another group named Jane Rivera"
    assert "Lynn Group has nominated Jane Rivera for U.S. House, Massachusetts 7th District too" in text


def test_rival_is_named_to_nobody(nomination, mailoutbox):
    lynn = GroupFactory(name="Lynn Group")
    LeadershipFactory(group=lynn, user=UserFactory(email="lea@example.org"))
    other = CandidacyFactory(race=nomination.race, name="Ann Other")
    rival = NominationFactory(group=lynn, candidacy=other, state="submitted", submitted_at=NOW)
    nominating.tell_all(rival, now=NOW)
    Letter.objects.exclude(name="rounds.rival").delete()
    postroom.send_due(NOW)
    told = {message.to[0].rpartition("<")[2].rstrip(">"): message for message in mailoutbox}
    assert set(told) == {"ada@example.org", "lea@example.org"}
    for hidden, address in ((("Ann Other", "Lynn Group"), "ada@example.org"),
                            (("Jane Rivera", "Boston Common Group"), "lea@example.org")):  # fmt: skip
        message = told[address]
        assert message.subject == "Another nomination in your race"
        for words in hidden:
            assert words not in message.subject + message.body + message.alternatives[0].content
        assert "This stops neither nomination." in message.body
        assert "olga@example.org" in message.body


def test_withdrawn(nomination, dee, mailoutbox):
    candidacies.withdraw(nomination.candidacy, by=dee, now=NOW, reason="private matters")
    subject, text = sent(mailoutbox, "ada@example.org")
    assert subject == "Jane Rivera has withdrawn"
    assert "private matters" not in text


def test_opened_goes_to_every_leader_once(round, group, ada, cem, mailoutbox):
    LeadershipFactory(group=group, user=cem)  # leads two groups, gets one letter
    LeadershipFactory(confirmed_at=None)
    LeadershipFactory(user=UserFactory(is_active=False))
    LeadershipFactory(group=GroupFactory(active=False))
    LeadershipFactory(group=GroupFactory(legal_form="501c3"))
    assert [posting.enqueue_opened(round, NOW), posting.enqueue_opened(round, NOW)] == [2, 0]
    assert {letter.topic for letter in Letter.objects.all()} == {round.topic}
    subject, text = sent(mailoutbox, "ada@example.org")
    assert len(mailoutbox) == 2
    assert subject == "Nominations are open: Round 1"
    for words in (
        "Round 1 takes nominations until Monday, February 23, 2026, 9:00 a.m. Eastern (6:00 a.m. Pacific).",
        "U.S. House, U.S. Senate or governor",
        "Other offices stay with your group",
        "A group that is a 501(c)(3) may not nominate.",
        f"{BASE}/lead/",
    ):
        assert words in text


@pytest.mark.parametrize(("ahead", "goes"), [(-1, 1), (0, 0)])
def test_opened_is_not_sent_after_the_close(round, ada, mailoutbox, ahead, goes):
    posting.enqueue_opened(round, NOW)
    postroom.send_due(round.nominations_close_at + timedelta(minutes=ahead))
    assert len(mailoutbox) == goes


def test_a_rehearsal_writes_to_staff_only(ada, dee, mailoutbox):
    rehearsal = RoundFactory(stage="nominating", rehearsal=True)
    assert posting.enqueue_opened(rehearsal, NOW) == 1
    _subject, text = sent(mailoutbox, "dee@example.org")
    assert "This is a rehearsal. Nothing in it counts." in text


def test_who_leads_no_more_gets_nothing(nomination, ada, mailoutbox):
    nominating.tell_all(nomination, now=NOW)
    ada.leaderships.all().delete()
    postroom.send_due(NOW)
    assert mailoutbox == []
    assert Letter.objects.get().reason == "no longer a leader of the group"


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [
    ("rounds.accepted", 4),
    ("rounds.received", 5),
    ("rounds.moved", 7),
    ("rounds.joined", 5),
])  # fmt: skip
def test_a_batch_asks_the_database_the_same(group, ada, django_assert_num_queries, rows, name, queries):
    for number in range(rows):
        race = RaceFactory(place=district("MA", number + 1))
        nomination = NominationFactory(group=group, candidacy=CandidacyFactory(race=race))
        posting.tell_leaders(name, [nomination], now=NOW, wave=nomination.pk)
    batch = list(Letter.objects.all())
    assert len(batch) == rows
    with django_assert_num_queries(queries):
        drafts = letters.find(name).write(batch, NOW)
    assert {draft.to for draft in drafts.values()} == {"ada@example.org"}


def test_every_letter_has_a_name_for_the_leaders_home():
    assert set(emails.LABELS) == {name for name in letters.names() if name.startswith("rounds.")}
    assert Nomination.objects.count() == 0


def test_taken_back(nomination, ada, group, mailoutbox):
    LeadershipFactory(group=group, user__email="bea@example.org")
    nominating.withdraw(nomination, by=ada, now=NOW, reason="We met again.")
    subject, text = sent(mailoutbox, "bea@example.org")
    assert subject == "Withdrawn: your nomination N-4F7K"
    assert "The nomination of Jane Rivera for U.S. House, Massachusetts 7th District by Boston Common Group" in text
    assert "Ada Adams did this. The reason given: We met again." in text
