import pytest

from groups import members
from groups.models import Member
from groups.refusals import Refusal
from mailings import letters
from tests.factories.groups import MemberFactory

pytestmark = pytest.mark.django_db


def test_one_address_in_several_spellings():
    assert members.email_key(" Ana@EXAMPLE.org ") == "ana@example.org"
    assert members.email_key("a.b+tag@example.org") == "a.b+tag@example.org"
    assert members.email_key("jose\u0301@example.org") == members.email_key("jos\u00e9@example.org")


def test_find_by_email_follows_a_merge_and_finds_no_strangers(at):
    ben = MemberFactory(email="ben@example.org")
    MemberFactory(email="old@example.org", merged_into=ben)
    MemberFactory(email="gone@example.org", erased_at=at("2026-01-01 00:00"))
    assert members.find_by_email(" BEN@example.org") == ben
    assert members.find_by_email("old@example.org") == ben
    for text in ["gone@example.org", "no@example.org", "", "\0", "x" * 10_000]:
        assert members.find_by_email(text) is None


def test_a_mended_address_ends_the_old_links(dee, at):
    ben = MemberFactory(email="ben@example.org", confirmed_at=None)
    token = members.confirm_url(ben).rsplit("/", 2)[1]
    assert members.of_token(token, members.CONFIRM) == ben
    assert members.mend_address(ben, "ben@example.com", by=dee, now=at("2026-03-01 12:00")) is True
    assert members.mend_address(ben, "ben@example.com", by=dee, now=at("2026-03-01 12:00")) is False
    assert members.of_token(token, members.CONFIRM) is None
    assert members.of_token(members.confirm_url(ben).rsplit("/", 2)[1], members.CONFIRM) == ben


def test_an_address_of_another_is_refused(dee, at):
    ben = MemberFactory(email="ben@example.org")
    MemberFactory(email="ana@example.org")
    with pytest.raises(Refusal, match="Another member has this address"):
        members.mend_address(ben, "ANA@example.org", by=dee, now=at("2026-03-01 12:00"))
    assert Member.objects.get(pk=ben.pk).email == "ben@example.org"


@pytest.mark.parametrize(("prefix", "url"), [("/confirm/", members.confirm_url), ("/news/", members.news_url)])
def test_the_post_room_learns_whose_a_link_is(prefix, url, at):
    ben = MemberFactory(email="ben@example.org")
    token = url(ben).rsplit("/", 2)[1]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    owners = letters.link_prefixes()[prefix]
    assert owners([token, forged, "x"], at("2026-03-01 12:00")) == {token: "ben@example.org"}
