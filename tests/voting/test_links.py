"""Voting links: derived, the same each time, dead when renewed or when their round's key is gone."""

import pytest

from groups.models import Member
from journal.models import Entry
from keys import files
from mailings.letters import link_prefixes
from tests.factories.voting import RollEntryFactory, polls
from voting import links, records


@pytest.fixture
def entry(db):
    return polls()[2][0]


def test_a_link_is_the_same_each_time_and_leads_to_its_entry(entry, settings):
    url = links.ballot_url(entry)
    assert url == links.ballot_url(type(entry).objects.get(pk=entry.pk))
    assert url.startswith(f"{settings.BASE_URL}/v/")
    assert links.entry_of(url.rpartition("/")[2]) == entry


def test_each_round_has_links_of_its_own(entry):
    other = RollEntryFactory(credential=entry.pk + 1, member=entry.member, round=polls()[0])
    mixed = links.ballot_token(entry).partition(".")[0] + "." + links.ballot_token(other).partition(".")[2]
    assert links.entry_of(mixed) is None


@pytest.mark.parametrize("token", ["", ".", "x", "é" * 39, "\x00" * 39, "A" * 11 + "." + "A" * 27, "-" * 39, "/" * 200])
def test_what_is_no_link_is_nobodys(entry, token):
    assert links.entry_of(token) is None


def test_a_renewed_link_and_a_mended_address_kill_the_older_ones(entry):
    first = links.ballot_token(entry)
    links.renew(entry, by="desk", now=entry.round.voting_opens_at, reason="not me")
    second = links.ballot_token(entry)
    assert (links.entry_of(first), links.entry_of(second)) == (None, entry)
    assert Entry.objects.get(verb="roll.link_renewed").reason == "not me"
    Member.objects.filter(pk=entry.member_id).update(generation=1)
    assert links.entry_of(second) is None


def test_without_the_key_of_its_round_a_link_is_nobodys(entry):
    token = links.ballot_token(entry)
    files.destroy(files.LINK, records.key_name(entry.round_id))
    assert links.entry_of(token) is None
    with pytest.raises(files.KeyMissing):
        links.ballot_url(entry)


def test_the_post_room_learns_whose_links_these_are(entry, django_assert_num_queries):
    others = [RollEntryFactory(round=entry.round) for _ in range(2)]
    tokens = {links.ballot_token(one): one.member.email for one in [entry, *others]}
    with django_assert_num_queries(1):
        assert link_prefixes()["/v/"]([*tokens, "nonsense"], None) == tokens


def test_a_credential_that_nobody_has_costs_as_much_work(entry, monkeypatch):
    worked = []
    holds = links.links.holds
    monkeypatch.setattr(links.links, "holds", lambda *args, **rest: worked.append(args[1]) or holds(*args, **rest))
    token = links.ballot_token(entry)
    head, _dot, seal = token.partition(".")
    links.entry_of(f"{head[:-2]}AA.{seal}")
    links.entry_of(f"{head}.{seal[::-1]}")
    assert [len(key) for key in worked] == [32, 32]
