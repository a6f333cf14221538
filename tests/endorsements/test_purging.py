"""What is kept no longer: both sides of each term, twice, in pieces, and the proof."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from endorsements import lifecycle, purging
from endorsements.models import Chore
from endorsements.rehearsal import wiping
from groups import arrivals, asking, introducing
from groups.importing import uploads
from groups.models import AddressChange, LeaderRequest, Member, MemberRequest, MemberSource, SignUp, Upload
from journal import clock
from journal.models import Entry
from mailings.models import Letter, ProviderReport, Suppression
from rounds import candidacies
from rounds.models import Candidacy, Round
from tests.factories.groups import GroupFactory, MemberFactory, UserFactory
from tests.factories.mailings import LetterFactory
from tests.factories.rounds import START, CandidacyFactory, RoundFactory
from tests.factories.voting import polls
from voting.models import Exclusion, LinkRequest, RollEntry

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=400)
MICRO = timedelta(microseconds=1)


def report(at):
    ProviderReport.objects.create(provider="mailgun", event="1", received_at=at)


def old_address(at):
    AddressChange.objects.create(member=MemberFactory(), old_email="old@example.org", changed_at=at)


def link(at):
    LinkRequest.objects.create(address="a@example.org", asked_at=at)


def request(at):
    MemberRequest.objects.create(address="a@example.org", asked_at=at)


def leader(at):
    LeaderRequest.objects.create(group=GroupFactory(), email="a@example.org", name="A", asked_at=at, decided_at=at)


def upload(at):
    Upload.objects.create(file_name="list.csv", size=1, format="csv", by=UserFactory(), uploaded_at=at)


def sign_up(at):
    SignUp.objects.create(email="a@example.org", first_name="A", zip="02139", asked_at=at, taken_at=at)


def unconfirmed_sign_up(at):
    asking_since(at)


def asking_since(at, **said):
    """Somebody who signed up then and never answered the letter."""
    member = MemberFactory(joined_at=at, **({"confirmed_at": None, "confirmed_how": ""} | said))
    waiting = {"source": MemberSource.SIGN_UP, "source_key": MemberSource.WAITING, "dated": at.date()}
    MemberSource.objects.create(member=member, status=MemberSource.WAITING, zip="02139", **waiting)
    return member


def letter_of_cancelled(at):
    round = RoundFactory(stage=Round.Stage.CANCELLED)
    Round.objects.filter(pk=round.pk).update(voting_closes_at=at, announce_at=at + timedelta(days=1))
    LetterFactory(topic=round.topic)


def contact(at):
    round = RoundFactory(stage=Round.Stage.ANNOUNCED)
    Round.objects.filter(pk=round.pk).update(announce_at=at)
    CandidacyFactory(round=round, state=Candidacy.State.WITHDRAWN)
    CandidacyFactory(round=round, state=Candidacy.State.ENDORSED)


def rehearsal(at):
    round = RoundFactory(stage=Round.Stage.ANNOUNCED, rehearsal=True)
    Round.objects.filter(pk=round.pk).update(announce_at=at)


TERMS = [
    ("rehearsals", rehearsal, wiping.KEPT),
    ("reports", report, timedelta(days=30)),
    ("old-addresses", old_address, timedelta(days=7)),
    ("link-requests", link, timedelta(hours=24)),
    ("member-requests", request, asking.KEPT),
    ("leader-requests", leader, introducing.KEPT),
    ("uploads", upload, uploads.KEPT + MICRO),
    ("sign-ups", sign_up, arrivals.KEPT + MICRO),
    ("unconfirmed", unconfirmed_sign_up, timedelta(days=90)),
    ("letters", letter_of_cancelled, timedelta(days=30)),
    ("contacts", contact, timedelta(days=90)),
]


@pytest.mark.parametrize(("kind", "make", "term"), TERMS, ids=[kind for kind, _make, _term in TERMS])
def test_it_is_kept_until_its_term_and_no_longer(kind, make, term):
    make(NOW - term)
    assert purging.due(NOW - MICRO)[kind] == 0
    assert purging.purge(NOW - MICRO) == {}
    assert purging.due(NOW)[kind] == 1
    assert purging.purge(NOW) == {kind: 1}
    assert purging.due(NOW)[kind] == 0
    assert purging.purge(NOW) == {}


def test_every_kind_is_tried():
    assert {kind for kind, _make, _term in TERMS} | {"participation"} == {kind.name for kind in purging.KINDS}


def test_a_contact_is_emptied_and_the_candidacy_stays():
    contact(NOW - timedelta(days=90))
    purging.purge(NOW)
    left, endorsed = Candidacy.objects.order_by("pk")
    assert (left.campaign_email, left.campaign_phone, left.campaign_name) == ("", "", "")
    assert endorsed.campaign_email != ""


def test_a_contact_of_no_round_is_kept_ninety_days_from_when_it_left():
    candidacy = CandidacyFactory(state=Candidacy.State.NOMINATED)
    candidacies.withdraw(candidacy, by="test", now=NOW - timedelta(days=90), reason="She moves.")
    other = CandidacyFactory(state=Candidacy.State.NOMINATED)
    candidacies.withdraw(other, by="test", now=NOW - timedelta(days=90) + MICRO, reason="She moves.")
    assert (candidacy.round, purging.due(NOW - MICRO)["contacts"], purging.due(NOW)["contacts"]) == (None, 0, 1)

    assert purging.purge(NOW) == {"contacts": 1}

    candidacy.refresh_from_db()
    other.refresh_from_db()
    assert (candidacy.campaign_email, other.campaign_email != "") == ("", True)


def test_after_the_disputes_no_letter_tells_who_had_voted_whatever_keeps_the_archive():
    round, _contests, entries = polls(voters=3)
    LetterFactory(topic=round.topic, name="voting.reminder", seat=entries[0].pk, state=Letter.State.SKIPPED)
    LetterFactory(topic=round.topic, name="voting.receipt", seat=entries[1].pk, state=Letter.State.SENT)
    other = LetterFactory(topic="round:999")
    over = round.announce_at + lifecycle.DISPUTES
    for stage, now, left in (
        (Round.Stage.COUNTED, over, 3),
        (Round.Stage.ANNOUNCED, over - MICRO, 3),
        (Round.Stage.ANNOUNCED, over, 1),
    ):
        Round.objects.filter(pk=round.pk).update(stage=stage)
        purging.purge(now)
        assert (stage, Letter.objects.count()) == (stage, left)
    assert list(Letter.objects.all()) == [other]
    assert (RollEntry.objects.count(), Member.objects.count()) == (3, 3)


def test_it_goes_in_pieces_and_what_patience_leaves_is_due(monkeypatch):
    monkeypatch.setattr(purging, "PIECE", 2)
    for number in range(5):
        ProviderReport.objects.create(provider="mailgun", event=str(number), received_at=START)
    assert purging.purge(NOW, patience=0) == {}
    assert Entry.objects.get().after == {"gone": {}, "left": {"reports": 5}}
    assert purging.purge(NOW) == {"reports": 5}


def test_the_clock_does_it_once_a_day_and_goes_on_where_something_was_left(monkeypatch):
    assert purging.daily(NOW) is True
    assert purging.daily(NOW + purging.EVERY - MICRO) is False
    report(START)
    assert purging.daily(NOW + purging.EVERY) is True
    report(START)
    monkeypatch.setattr(purging, "PATIENCE", 0)
    later = NOW + 2 * purging.EVERY
    purging.purge(later, patience=0)
    assert purging.daily(later + timedelta(minutes=10)) is True
    assert ProviderReport.objects.count() == 0


def test_the_journal_says_how_many_and_names_nobody(dee):
    link(START)
    purging.purge(NOW, by=dee)
    entry = Entry.objects.get()
    assert (entry.verb, entry.actor, entry.after) == (
        "purge",
        f"user:{dee.pk}",
        {"gone": {"link-requests": 1}, "left": {}},
    )


@pytest.mark.parametrize(
    ("stage", "done", "left"),
    [
        (Round.Stage.ANNOUNCED, None, 1),  # something keeps it from its archive
        (Round.Stage.ARCHIVED, False, 1),
        (Round.Stage.ARCHIVED, True, 0),
    ],
)
def test_participation_that_a_round_has_not_destroyed_is_said(stage, done, left):
    round = RoundFactory(stage=stage)
    if done is not None:
        work = {"name": Chore.Name.DESTROY_PARTICIPATION, "position": 1, "done_at": START if done else None}
        Chore.objects.create(round=round, **work)
    over = round.announce_at + lifecycle.DISPUTES
    assert purging.due(over - MICRO)["participation"] == 0
    assert purging.due(over)["participation"] == left


def test_the_command_says_what_is_due_purges_and_proves(capsys):
    link(START)
    with clock.standing_at(NOW):
        call_command("purge", "--dry-run")
        assert "link-requests: 1 due" in capsys.readouterr().out
        with pytest.raises(CommandError, match="past its time"):
            call_command("purge", "--prove")
        call_command("purge")
        assert "link-requests: 1 thrown away" in capsys.readouterr().out
        call_command("purge", "--prove")
        assert "link-requests: 0 due" in capsys.readouterr().out


def test_the_desk_shows_the_rules_and_what_was_left(client, dee):
    client.force_login(dee)
    assert "It has not been done yet." in client.get("/desk/retention/").content.decode()
    report(START)
    purging.purge(NOW, patience=0)
    page = " ".join(client.get("/desk/retention/").content.decode().split())
    assert '<span class="desk-tag stop">1</span>' in page
    assert page.count(">nothing</span>") == len(purging.KINDS) - 1


def test_the_desk_says_what_stays_and_why(client, dee):
    client.force_login(dee)
    page = " ".join(client.get("/desk/retention/").content.decode().split())
    assert "Who looked at whose data" in page and "For good, as a part of the journal." in page
    assert 'href="/desk/journal/entry/?verb=read.opened"' in page


LONG_AGO = NOW - timedelta(days=90)


def test_who_confirmed_asked_again_or_came_by_a_list_too_stays():
    stay = [asking_since(LONG_AGO, confirmed_at=LONG_AGO), asking_since(LONG_AGO), asking_since(LONG_AGO)]
    MemberSource.objects.filter(member=stay[1]).update(dated=LONG_AGO.date() + timedelta(days=1))
    MemberSource.objects.create(member=stay[2], source="mailchimp", source_key="7", status="unsubscribed")
    stay += [MemberFactory(joined_at=LONG_AGO, confirmed_at=None), asking_since(LONG_AGO)]
    stay.append(MemberFactory(merged_into=stay[-1]))
    goes = asking_since(LONG_AGO)

    assert purging.purge(NOW) == {"unconfirmed": 1}

    assert set(Member.objects.all()) == set(stay)
    assert not MemberSource.objects.filter(member=goes.pk).exists()
    assert Entry.objects.get(verb="purge").after == {"gone": {"unconfirmed": 1}, "left": {}}
    assert goes.email not in repr(list(Entry.objects.values()))


def test_who_was_left_off_a_roll_leaves_an_empty_row_for_its_count():
    round, contests, _entries = polls(contests=1)
    goes = asking_since(LONG_AGO, first_name="Ana", last_name="Ruiz", zip="02139")
    place = goes.state_id
    Exclusion.objects.create(contest=contests[0], member=goes, reason=Exclusion.Reason.UNCONFIRMED)

    assert purging.purge(NOW)["unconfirmed"] == 1
    assert "unconfirmed" not in purging.purge(NOW + timedelta(days=1))

    left = Member.objects.get(pk=goes.pk)
    assert (left.email, left.first_name, left.last_name, left.zip) == ("", "", "", "")
    assert (left.erased_at, left.state_id, left.email_key) == (NOW, place, f"erased {left.pk}")
    assert Exclusion.objects.get().member == left
    assert not MemberSource.objects.exists()
    assert not Suppression.objects.exists()


def test_the_term_is_a_setting(settings):
    settings.UNCONFIRMED_DAYS = 7
    asking_since(NOW - timedelta(days=7))
    asking_since(NOW - timedelta(days=6))

    assert purging.due(NOW)["unconfirmed"] == 1
