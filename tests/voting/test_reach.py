"""Who was not reached, what staff can do about it, and that nobody learns who voted."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail

from groups.models import AddressChange, Member
from groups.refusals import Refusal as GroupsRefusal
from journal.models import Entry
from mailings import postroom, suppression
from mailings.models import Letter
from tests.factories.groups import MemberFactory, UserFactory, state
from tests.factories.results import counted
from tests.factories.voting import RollEntryFactory, polls, vote
from voting import ballotbox, links, posting, reach, reach_pages, reached, results
from voting.models import RollEntry, UnreachedList
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db
State = Letter.State
HOUR = timedelta(hours=1)


@pytest.fixture
def vote_open(set_clock):
    """An open vote with two contests and four voters, an hour after its letters were sent."""
    round, contests, entries = polls(contests=2, voters=4)
    set_clock(round.voting_opens_at)
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    Letter.objects.update(state=State.SENT, settled_at=round.voting_opens_at)
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries, round.voting_opens_at + HOUR


def letter_of(entry, **fields):
    Letter.objects.filter(seat=entry.pk).update(**fields)


def missed(round):
    """Those who were not reached, by the rule of the whole roll and by that of each entry."""
    found = set(reach.unreached(round))
    assert found == set(reached.still(RollEntry.objects.filter(round=round)))
    return found


def counts(round):
    return {int(contest): n for contest, n in reached.looked_up(round, round.voting_opens_at).counts.items()}


def test_everybody_whose_letter_is_out_was_reached(vote_open):
    round, _contests, _entries, _now = vote_open
    assert missed(round) == set()


@pytest.mark.parametrize(
    ("state", "reason", "is_missed"),
    [
        (State.READY, "", False),
        (State.LEASED, "", False),
        (State.HELD, "", False),
        (State.FAILED, "550 unknown", True),
        (State.EXPIRED, "too late", True),
        (State.SET_ASIDE, "KeyError", True),
        (State.SKIPPED, "the member has voted", False),
        (State.SKIPPED, suppression.NOT_WRITTEN_TO, True),
    ],
)
def test_which_letters_did_not_come(vote_open, state, reason, is_missed):
    round, _contests, entries, _now = vote_open
    letter_of(entries[0], state=state, reason=reason)
    assert missed(round) == ({entries[0]} if is_missed else set())


@pytest.mark.parametrize(("reason", "is_missed"), [("bounced", True), ("complained", True), ("news", False)])
def test_an_address_that_takes_no_letter_was_not_reached(vote_open, reason, is_missed):
    round, _contests, entries, now = vote_open
    suppression.suppress([entries[1].member.email], reason, now=now)
    assert missed(round) == ({entries[1]} if is_missed else set())


def test_the_list_is_the_same_whoever_has_voted(vote_open):
    round, _contests, entries, now = vote_open
    letter_of(entries[0], state=State.FAILED)
    suppression.suppress([entries[1].member.email], "bounced", now=now)
    before = missed(round)
    for entry in entries:
        vote(entry)
    assert missed(round) == before == set(entries[:2])


def test_each_contest_counts_its_own(vote_open, django_assert_num_queries):
    round, contests, entries, now = vote_open
    one = RollEntryFactory(round=round, contests=contests[:1])
    suppression.suppress([one.member.email, entries[0].member.email], "bounced", now=now)
    missed_by_contest = counts(round)
    with django_assert_num_queries(1):
        found = reach.by_contest(round, missed_by_contest)
    assert [(each.contest, each.eligible, each.unreached) for each in found] == [
        (contests[0], 4, 2),
        (contests[1], 4, 1),
    ]
    assert not any(each.contestable for each in found)


@pytest.mark.parametrize(("unreached", "contestable"), [(2, False), (3, True)])
def test_a_result_that_the_unreached_could_have_changed_is_contestable(unreached, contestable):
    result = counted({1: 63, 2: 40})  # two more votes against it leave 60%, three do not
    round, contest = result.contest.round, result.contest
    missing = [RollEntryFactory(round=round, contests=[contest]) for _ in range(unreached)]
    suppression.suppress([entry.member.email for entry in missing], "bounced", now=round.voting_closes_at)
    counted({1: 10, 2: 10}, round=round, contest__race__office="senate", contest__race__place=state("MA"))
    first, second = reach.by_contest(round, counts(round), with_margins=True)
    assert (first.unreached, first.margin, first.contestable) == (unreached, 3, contestable)
    assert (second.unreached, second.margin, second.contestable) == (0, 5, False)
    assert not any(each.contestable or each.margin for each in reach.by_contest(round, counts(round)))


# Mending and sending again


def test_a_mended_address_gets_a_new_link_and_both_are_told(vote_open, dee):
    round, _contests, entries, now = vote_open
    entry, old = entries[0], entries[0].member.email
    token = links.ballot_token(entry)
    letter_of(entry, state=State.FAILED)
    assert reach.mend(entry.member, "right@example.org", by=dee, now=now, reason="she called") is True
    assert reach.mend(entry.member, "right@example.org", by=dee, now=now, reason="she called") is False
    assert links.entry_of(token) is None
    assert missed(round) == set()  # her letter is in line again
    assert postroom.send_due(now) == 3
    bodies = {message.subject: (message.to[0], message.body) for message in mail.outbox}
    ballot = bodies.pop(next(subject for subject in bodies if "address" not in subject))
    assert "right@example.org" in ballot[0]
    assert links.ballot_url(reach.RollEntry.objects.get(pk=entry.pk)) in ballot[1]
    assert old in bodies["Your letters go to another address now"][0]
    assert "right@example.org" in bodies["Your letters come to this address now"][0]
    assert "right@" not in bodies["Your letters go to another address now"][1]
    said = Entry.objects.get(verb="member.address_mended")
    assert (said.reason, said.actor, said.subject) == ("she called", f"user:{dee.pk}", f"member:{entry.member_id}")
    assert "@" not in repr((said.before, said.after))


def test_the_old_address_is_not_told_where_nothing_is_written_to_it(vote_open, dee):
    _round, _contests, entries, now = vote_open
    suppression.suppress([entries[0].member.email], "bounced", now=now)
    reach.mend(entries[0].member, "right@example.org", by=dee, now=now, reason="a typo")
    assert postroom.send_due(now) == 2
    assert {message.to[0].partition("<")[2] for message in mail.outbox} == {"right@example.org>"}


def test_an_old_address_is_forgotten_after_a_week(vote_open, dee):
    _round, _contests, entries, now = vote_open
    reach.mend(entries[0].member, "one@example.org", by=dee, now=now, reason="a typo")
    reach.mend(entries[1].member, "two@example.org", by=dee, now=now + timedelta(days=7), reason="a typo")
    assert AddressChange.objects.count() == 2
    reach.mend(entries[2].member, "three@example.org", by=dee, now=now + timedelta(days=7, seconds=1), reason="a typo")
    assert set(AddressChange.objects.values_list("member", flat=True)) == {
        entries[1].member_id,
        entries[2].member_id,
    }


def test_an_address_of_another_member_is_refused_and_nothing_is_written(vote_open, dee):
    _round, _contests, entries, now = vote_open
    with pytest.raises(GroupsRefusal):
        reach.mend(entries[0].member, entries[1].member.email, by=dee, now=now, reason="a typo")
    assert (Entry.objects.count(), AddressChange.objects.count(), Letter.objects.count()) == (0, 0, 4)


def test_a_letter_goes_again_with_the_same_link_and_once(vote_open, dee):
    round, _contests, entries, now = vote_open
    entry = entries[0]
    token = links.ballot_token(entry)
    assert reach.resend(entry, by=dee, now=now, reason="she asked") is True
    assert reach.resend(entry, by=dee, now=now, reason="she asked") is False
    again = Letter.objects.get(wave=1)
    assert (again.name, again.seat, again.priority, again.topic) == ("voting.ballot", entry.pk, 0, round.topic)
    assert postroom.send_due(now) == 1
    assert token in mail.outbox[0].body
    assert reach.resend(entry, by=dee, now=now, reason="again") is True
    assert Letter.objects.filter(seat=entry.pk).count() == 3
    assert [entry.reason for entry in Entry.objects.filter(verb="roll.resent").order_by("id")] == ["she asked", "again"]


def test_a_resend_to_somebody_who_has_voted_looks_the_same(vote_open, dee):
    _round, _contests, entries, now = vote_open
    vote(entries[0])
    assert reach.resend(entries[0], by=dee, now=now, reason="she asked") is True
    assert postroom.send_due(now) == 0


def test_what_is_refused(vote_open, dee):
    round, _contests, entries, now = vote_open
    for act in (
        lambda: reach.resend(entries[0], by=dee, now=now, reason=" "),
        lambda: reach.mend(entries[0].member, "right@example.org", by=dee, now=now, reason=""),
        lambda: reach.resend(entries[0], by=dee, now=round.voting_closes_at, reason="late"),
    ):
        with pytest.raises(Refusal):
            act()
    suppression.suppress([entries[0].member.email], "bounced", now=now)
    with pytest.raises(Refusal, match="Mend it first"):
        reach.resend(entries[0], by=dee, now=now, reason="she asked")
    assert Entry.objects.count() == 0


def test_after_the_vote_an_address_is_mended_without_a_ballot_letter(vote_open, dee):
    round, _contests, entries, _now = vote_open
    assert (
        reach.mend(entries[0].member, "right@example.org", by=dee, now=round.voting_closes_at, reason="a typo") is True
    )
    assert set(Letter.objects.exclude(name="voting.ballot").values_list("name", flat=True)) == {
        "groups.address_old",
        "groups.address_new",
    }
    assert Letter.objects.filter(name="voting.ballot").count() == 4


# Pages


def url(round, rest=""):
    return f"/desk/voting/contestroll/round/{round.pk}/{rest}"


def test_the_page_names_them_and_why_and_is_searched(vote_open, client, dee):
    round, _contests, entries, now = vote_open
    client.force_login(dee)
    for entry, name in zip(entries, ["Ana", "Bo", "Che", "Dot"], strict=True):
        Member.objects.filter(pk=entry.member_id).update(first_name=name, last_name="Quill")
    letter_of(entries[0], state=State.FAILED, reason="550 user unknown")
    suppression.suppress([entries[1].member.email], "bounced", now=now)
    page = client.get(url(round)).content.decode()
    assert "550 user unknown" in page
    assert "bounces" in page
    assert [name in page for name in ["Ana", "Bo", "Che", "Dot"]] == [True, True, False, False]
    for words, people in [
        ("ana", []),
        ("ana quill", ["Ana"]),
        ("quill", ["Ana", "Bo"]),
        ("bo quill", ["Bo"]),
        (entries[1].member.email, ["Bo"]),
        ("zoe", []),
        ("%", []),
    ]:
        shown = client.get(url(round), {"q": words}).context["people"]
        assert [member.first_name for member, _why in shown] == people, words
    assert str(entries[0].pk) not in page  # a credential stands on no page
    # Nothing is sent again to an address that takes no letters; it has to be mended.
    offers = [f"/{entry.member_id}/{act}/" in page for entry in entries[:2] for act in ("mend", "resend")]
    assert offers == [True, True, True, False]


def test_the_page_asks_as_much_for_one_as_for_many(vote_open, client, dee, django_assert_num_queries):
    round, contests, entries, now = vote_open
    client.force_login(dee)
    suppression.suppress([entries[0].member.email], "bounced", now=now)
    client.get(url(round))  # that she looked is written down the first time
    with django_assert_num_queries(11):
        client.get(url(round))
    more = [RollEntryFactory(round=round, contests=contests) for _ in range(60)]
    suppression.suppress([entry.member.email for entry in more], "bounced", now=now)
    with django_assert_num_queries(11):
        page = client.get(url(round))
    assert (len(page.context["people"]), page.context["page"].paginator.count) == (50, 61)
    assert len(client.get(url(round), {"p": "2"}).context["people"]) == 11


def test_an_address_is_mended_at_the_desk(vote_open, client, dee):
    round, _contests, entries, _now = vote_open
    client.force_login(dee)
    person = entries[0].member
    where = url(round, f"{person.pk}/mend/")
    assert client.get(where).status_code == 200
    assert client.post(where, {"email": "right@example.org", "reason": ""}).status_code == 400
    assert client.post(where, {"email": "right", "reason": "a typo"}).status_code == 400
    taken = client.post(where, {"email": entries[1].member.email, "reason": "a typo"})
    assert (taken.status_code, "Another member has this address." in taken.content.decode()) == (400, True)
    assert client.post(where, {"email": "right@example.org", "reason": "a typo"}).status_code == 302
    person.refresh_from_db()
    assert (person.email, person.generation) == ("right@example.org", 1)
    assert client.post(url(round, f"{person.pk}/resend/"), {"reason": "x"}).status_code == 302
    assert client.get(url(round, f"{person.pk}/burn/")).status_code == 404
    assert client.get(url(round, f"{MemberFactory().pk}/mend/")).status_code == 404


@pytest.mark.parametrize(
    ("rights", "page", "names", "margins", "act"),
    [
        ([], 403, False, False, 403),
        (["view_round"], 200, False, False, 403),
        (["view_round", "view_member"], 200, True, False, 403),
        (["view_round", "view_member", "change_member", "see_uncertified"], 200, True, True, 200),
    ],
)
def test_who_sees_what(vote_open, client, rights, page, names, margins, act):
    round, _contests, entries, _now = vote_open
    letter_of(entries[0], state=State.FAILED)
    looker = UserFactory(email="eve@example.org", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(looker)
    shown = client.get(url(round))
    assert shown.status_code == page
    assert (entries[0].member.email in shown.content.decode()) is names
    assert ("Votes that could change it" in shown.content.decode()) is margins
    assert client.get(url(round, f"{entries[0].member_id}/mend/")).status_code == act


def test_the_figure_of_a_result_counts_a_resent_letter_once(vote_open, dee):
    _round, contests, entries, now = vote_open
    reach.resend(entries[0], by=dee, now=now, reason="she asked")
    postroom.send_due(now)
    assert results.delivered(_round)[contests[0].pk] == 4
    assert ballotbox.eligible_counts("SELECT CAST(%s AS bigint)", [entries[0].pk]) == {
        contest.pk: 1 for contest in contests
    }


def test_the_clock_keeps_the_list_for_five_minutes_and_the_page_shows_it(vote_open, client, dee, set_clock):
    round, contests, entries, now = vote_open
    client.force_login(dee)
    letter_of(entries[0], state=State.FAILED)
    later = now + timedelta(seconds=reached.SECONDS)
    assert reached.keep_due(now) == 1
    letter_of(entries[1], state=State.FAILED)

    assert reached.keep_due(later - timedelta(seconds=1)) == 0
    assert [member for member, _why in client.get(url(round)).context["people"]] == [entries[0].member]
    assert reached.keep_due(later) == 1
    assert len(client.get(url(round)).context["people"]) == 2
    kept = UnreachedList.objects.get()
    assert (kept.at, kept.counts) == (later, {str(contest.pk): 2 for contest in contests})


def test_whom_a_letter_has_reached_since_is_left_out(vote_open, client, dee):
    round, _contests, entries, now = vote_open
    client.force_login(dee)
    letter_of(entries[0], state=State.FAILED)
    reached.keep(round, now=now)
    letter_of(entries[0], state=State.SENT)
    assert client.get(url(round)).context["people"] == []


@pytest.mark.parametrize(("stage", "looks"), [("counted", [1, 1]), ("certified", [1, 0]), ("archived", [0, 0])])
def test_a_round_whose_letters_lie_behind_it_is_looked_at_once(vote_open, stage, looks):
    round, _contests, _entries, now = vote_open
    type(round).objects.filter(pk=round.pk).update(stage=stage)
    assert [reached.keep_due(now + day) for day in (timedelta(), timedelta(days=1))] == looks


def test_a_list_that_is_too_long_says_so(vote_open, client, dee, monkeypatch):
    round, _contests, entries, now = vote_open
    for module in (reached, reach_pages):
        monkeypatch.setattr(module, "MOST", 2)
    for entry in entries[:3]:
        letter_of(entry, state=State.FAILED)
    client.force_login(dee)
    reached.keep(round, now=now)
    page = " ".join(client.get(url(round)).content.decode().split())
    assert "The first 2 members. Search to find the others." in page
