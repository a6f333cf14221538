"""What the desk does about a member: each with a reason, the grave ones typed or by two."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from groups.models import Member, MemberSource
from journal.models import Approval, Entry
from mailings.models import Letter
from rounds.models import Round
from tests.factories.groups import GroupFactory, MemberFactory, UserFactory, district, state, zips
from tests.factories.rounds import RoundFactory
from tests.factories.voting import polls, vote
from voting import ballotbox, links, posting
from voting.models import RollEntry, Strike, VoidedEnvelope

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "She called us."


def text_of(page):
    """The words of a page's main part, without tags."""
    words = re.sub(r"<[^>]+>", " ", page.content.decode().split("<main", 1)[-1])
    return " ".join(unescape(words).split())


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def vote_open(set_clock):
    """An open vote with two contests and three voters, an hour after its letters were sent."""
    round, contests, entries = polls(contests=2, voters=3, name="Spring round")
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    Letter.objects.update(state=Letter.State.SENT, settled_at=round.voting_opens_at, message_id="<abc@example.org>")
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries


def page_of(member, name="change", *more):
    return reverse(f"admin:groups_member_{name}", args=[member.pk, *more])


def read(desk, member, name="change"):
    return text_of(desk.get(page_of(member, name)))


def deeds():
    """What the journal says was done; that somebody looked stands in it too."""
    return Entry.objects.exclude(verb__startswith="read.")


def verbs(member):
    return list(deeds().filter(subject=f"member:{member.pk}").order_by("id").values_list("verb", "reason"))


# Mended


def post(desk, member, act, *more, **typed):
    return desk.post(page_of(member, act, *more), {"reason": WHY, **typed}, follow=True)


def test_an_address_mended_mid_vote_kills_the_old_link_and_writes_again(desk, vote_open):
    _round, _contests, entries = vote_open
    ben, old = entries[0].member, links.ballot_token(entries[0])
    page = post(desk, ben, "address", email="Right@example.org")
    assert "The address is mended. Both addresses get a letter." in text_of(page)
    assert links.entry_of(old) is None
    assert Letter.objects.filter(name="voting.ballot", seat=entries[0].pk, state=Letter.State.READY).count() == 1
    assert verbs(ben) == [("member.address_mended", WHY)]
    assert "That is the address already." in text_of(post(desk, ben, "address", email="Right@example.org"))


def test_a_home_is_settled_with_a_reason_and_the_journal_says_the_places(desk):
    zips({"02139": ["MA-5", "MA-7"]})
    district("MA", 5), district("MA", 7)
    eve = MemberFactory(district=None, state=state("MA"), doubt="split")
    page = post(desk, eve, "home", zip="02139", state="MA", district="ma-5")
    assert "It is settled where the member lives." in text_of(page)
    eve.refresh_from_db()
    assert (eve.district, eve.doubt) == (district("MA", 5), "")
    entry = deeds().get(verb="member.placed")
    assert (entry.before, entry.after, entry.reason) == ({"place": "MA"}, {"place": "MA-05"}, WHY)
    assert "MA → MA-05" in read(desk, eve, "history")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"zip": "2139"}, "Enter a 5-digit ZIP code, like 01060."),
        ({"zip": "\0"}, "Null characters are not allowed."),
        ({"district": "MA-77"}, "There is no such district."),
        ({"district": "\0"}, "Null characters are not allowed."),
        ({"state": "WY"}, "This district lies in another state."),
        ({"state": "XX"}, "Select a valid choice."),
        ({"reason": " "}, "Say why"),
    ],
)
def test_what_the_form_of_a_home_refuses(desk, typed, sentence):
    district("MA", 7)
    ben = MemberFactory()
    data = {"zip": "02139", "state": "MA", "district": "MA-07", "reason": WHY} | typed
    page = desk.post(page_of(ben, "home"), data)
    assert page.status_code == 400
    assert sentence in text_of(page)
    assert not MemberSource.objects.exists()


def test_names_language_and_group_are_mended_and_the_journal_keeps_no_names(desk):
    ben, group = MemberFactory(first_name="Bne"), GroupFactory(name="Rivers Together")
    typed = {"first_name": "Ben", "last_name": "Brook", "language": "es", "group": "rivers together"}
    assert "The entry is mended." in text_of(post(desk, ben, "entry", **typed))
    ben.refresh_from_db()
    assert (ben.first_name, ben.last_name, ben.language, ben.group) == ("Ben", "Brook", "es", group)
    assert deeds().get().after == {"mended": ["first_name", "last_name", "language", "group"]}
    assert "Everything stood so already." in text_of(post(desk, ben, "entry", **typed))
    assert deeds().count() == 1


@pytest.mark.parametrize("name", ["No such group", "Twice"])
def test_a_group_is_named_whole_and_is_one(desk, name):
    GroupFactory(name="Twice"), GroupFactory(name="Twice")
    page = desk.post(page_of(MemberFactory(), "entry"), {"language": "en", "group": name, "reason": WHY})
    assert page.status_code == 400
    assert "of this name." in text_of(page)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("ana@example.org", "Another member has this address."),
        ("x", "Enter a valid email address."),
        ("\0", "Null characters are not allowed."),
    ],
)
def test_what_the_form_of_an_address_refuses(desk, email, sentence):
    MemberFactory(email="ana@example.org")
    ben = MemberFactory(email="ben@example.org")
    page = desk.post(page_of(ben, "address"), {"email": email, "reason": WHY})
    assert page.status_code == 400
    assert sentence in text_of(page)
    assert WHY in page.content.decode()
    assert Member.objects.get(pk=ben.pk).email == "ben@example.org"


# Beside a round


def test_a_letter_goes_again_and_a_new_link_kills_the_old_one(desk, vote_open):
    round, _contests, entries = vote_open
    ben, old = entries[0].member, links.ballot_token(entries[0])
    assert "The letter is in line." in text_of(post(desk, ben, "resend", round.pk))
    assert links.entry_of(old) == entries[0]
    assert "The old link is dead." in text_of(post(desk, ben, "renew", round.pk))
    assert links.entry_of(old) is None
    assert verbs(ben) == [("roll.resent", WHY), ("roll.link_renewed", WHY)]


def test_after_the_close_nobody_gets_a_link(desk, vote_open, set_clock):
    round, _contests, entries = vote_open
    set_clock(round.voting_closes_at)
    for act in ("resend", "renew"):
        assert "The vote is not open." in text_of(post(desk, entries[0].member, act, round.pk))
    assert not deeds().exists()


def test_a_ballot_is_voided_by_her_typed_address_and_the_journal_does_not_say_whose(desk, vote_open):
    round, contests, entries = vote_open
    ben = entries[0].member
    vote(entries[0])
    page = post(desk, ben, "void", round.pk, typed="another@example.org")
    assert "That is not the member’s address. Nothing was done." in text_of(page)
    assert ballotbox.voted(round.pk, [entries[0].pk]) == {entries[0].pk}
    page = post(desk, ben, "void", round.pk, typed=ben.email.upper())
    assert "The ballot is taken out." in text_of(page)
    assert ballotbox.voted(round.pk, [entries[0].pk]) == set()
    assert VoidedEnvelope.objects.count() == len(contests)
    assert verbs(ben) == []
    assert "No ballot of the member was in." in text_of(post(desk, ben, "void", round.pk, typed=ben.email))


def test_where_the_round_asks_for_it_two_people_void_and_only_who_sees_members_knows_of_whom(desk, vote_open, client):
    round, _contests, entries = vote_open
    Round.objects.update(second_person=True)
    ben = entries[0].member
    vote(entries[0])
    page = post(desk, ben, "void", round.pk, typed=ben.email)
    assert "A second person has to agree" in text_of(page)
    assert "asked to void a ballot" in text_of(desk.get(reverse("admin:journal_approval_changelist")))
    assert not deeds().exists()
    auditor = UserFactory(is_staff=True)
    auditor.user_permissions.add(Permission.objects.get(codename="view_approval"))
    client.force_login(auditor)
    assert "void a ballot" not in text_of(client.get(reverse("admin:journal_approval_changelist")))
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(page_of(ben, "void", round.pk))
    assert WHY in text_of(page)
    assert "The ballot is taken out." in text_of(post(client, ben, "void", round.pk, typed=ben.email))
    assert Approval.objects.get().agreed_by


def test_a_member_is_struck_before_the_freeze_and_readmitted(desk, set_clock):
    round = RoundFactory(stage=Round.Stage.NOMINATING)
    set_clock(round.freeze_at - HOUR)
    ben = MemberFactory()
    page = post(desk, ben, "strike", round.pk, typed=ben.email)
    assert "The member is struck from the roll of" in text_of(page)
    assert "Struck from the roll to come" in text_of(page)
    assert list(Strike.objects.values_list("member", "reason")) == [(ben.pk, WHY)]
    assert "The strike is taken back." in text_of(post(desk, ben, "readmit", round.pk))
    set_clock(round.freeze_at)
    assert desk.get(page_of(ben, "strike", round.pk)).status_code == 404


def test_a_round_that_does_not_concern_her_is_not_found(desk, vote_open):
    round, _contests, _entries = vote_open
    stranger = MemberFactory()
    for act in ("resend", "renew", "void", "strike", "readmit"):
        assert desk.get(page_of(stranger, act, round.pk)).status_code == 404


# For good


def test_two_entries_become_one(desk):
    old = MemberFactory(email="old@example.org", first_name="Ana", last_name="Ruiz")
    new = MemberFactory(email="new@example.org", first_name="ana", last_name="Ruiz")
    assert "new@example.org" in text_of(desk.get(page_of(old, "merge")))
    for typed, sentence in [("nobody@example.org", "Nobody on the list"), ("old@example.org", "the same entry")]:
        assert sentence in text_of(post(desk, old, "merge", typed=old.email, into=typed))
    wrong = text_of(post(desk, old, "merge", typed="new@example.org", into="new@example.org"))
    assert "That is not the member’s address. Nothing was done." in wrong
    page = text_of(post(desk, old, "merge", typed=old.email, into="new@example.org"))
    assert "The two entries are one now." in page
    assert "This entry is merged into another." in page
    assert Member.objects.get(pk=old.pk).merged_into == new
    assert desk.get(page_of(old, "address")).status_code == 404


def test_an_entry_on_the_roll_of_a_vote_that_is_not_over_does_not_go(desk, vote_open):
    round, _contests, entries = vote_open
    stays = MemberFactory(email="stays@example.org")
    page = post(desk, entries[0].member, "merge", typed=entries[0].member.email, into="stays@example.org")
    assert "whose vote is not over" in text_of(page)
    said = {"typed": stays.email, "into": entries[0].member.email}
    assert "The two entries are one now." in text_of(post(desk, stays, "merge", **said))
    Round.objects.update(stage=Round.Stage.POLLS_CLOSED)
    said = {"typed": entries[1].member.email, "into": entries[0].member.email}
    assert "The two entries are one now." in text_of(post(desk, entries[1].member, "merge", **said))
    assert RollEntry.objects.filter(round=round).count() == 3


def test_data_are_deleted_by_one_and_where_a_round_asks_for_it_by_two(desk, client):
    eve, fay = MemberFactory(email="eve@example.org"), MemberFactory(email="fay@example.org")
    page = text_of(post(desk, eve, "erase", typed="eve@example.org"))
    assert "The member’s data are deleted." in page
    assert "eve@example.org" not in page
    RoundFactory(second_person=True)
    page = text_of(post(desk, fay, "erase", typed="fay@example.org"))
    assert "A second person has to agree" in page
    assert Member.objects.get(pk=fay.pk).erased_at is None
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert "The member’s data are deleted." in text_of(post(client, fay, "erase", typed="fay@example.org"))
    assert verbs(fay) == [("member.erase.asked", WHY), ("member.erase.agreed", WHY), ("member.erased", WHY)]


# Who may


def test_who_may_only_look_mends_nothing(client, vote_open):
    round, _contests, entries = vote_open
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_member"))
    client.force_login(reader)
    ben = entries[0].member
    page = client.get(page_of(ben))
    assert "Mend the address" not in text_of(page)
    for act in ("address", "home", "entry", "merge", "erase"):
        assert client.post(page_of(ben, act), {"reason": WHY}).status_code == 403
    for act in ("resend", "renew", "void"):
        assert client.post(page_of(ben, act, round.pk), {"reason": WHY}).status_code == 403
    reader.user_permissions.add(Permission.objects.get(codename="change_member"))
    assert client.get(page_of(ben, "void", round.pk)).status_code == 403
    assert client.get(page_of(ben, "resend", round.pk)).status_code == 200


def test_members_are_neither_added_changed_nor_deleted_by_hand(desk):
    ben = MemberFactory(email="ben@example.org")
    assert desk.get(reverse("admin:groups_member_add")).status_code == 403
    assert desk.post(page_of(ben, "delete")).status_code == 403
    desk.post(page_of(ben), {"email": "hacked@example.org"})
    assert Member.objects.get(pk=ben.pk).email == "ben@example.org"
    for name in ("change", "letters", "history"):
        assert desk.get(reverse(f"admin:groups_member_{name}", args=[ben.pk + 1])).status_code == 404
