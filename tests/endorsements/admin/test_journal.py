"""The journal's list: whose deeds, about what, with which words of a reason; found by indexes, however long it is."""

from datetime import timedelta

import pytest

from journal import book
from tests.factories.groups import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/desk/journal/entry/"


@pytest.fixture
def desk(client, at):
    """Three entries by two people and the clock, and the desk of who may read them."""
    now = at("2026-03-02 12:00")
    ada = UserFactory(email="ada.larsen@example.org", name="Ada Larsen")
    one = UserFactory(email="all@example.org", name="Every Role", is_staff=True, is_superuser=True)
    book.record("member.mended", "member:7", by=ada, now=now, reason="A misspelt street.")
    book.record("roll.resent", "member:77", by=one, now=now + timedelta(days=9))
    book.record("round.stage", "round:7", by=None, now=now + timedelta(days=10), after={"stage": "voting"})
    client.force_login(one)
    return client


@pytest.mark.parametrize(
    ("asked", "subjects"),
    [
        ("", ["round:7", "member:77", "member:7"]),
        ("member:7", ["member:7"]),
        ("larsen", ["member:7"]),
        ("ALL@example.org", ["member:77"]),
        ("clock", ["round:7"]),
        ("Misspelt", ["member:7"]),
        ("member:", []),
        ("%", []),
    ],
)
def test_it_is_searched_by_who_by_what_and_by_words_of_the_reason(desk, asked, subjects):
    page = desk.get(LIST, {"q": asked})
    assert [entry.subject for entry in page.context["cl"].result_list] == subjects


def test_it_is_narrowed_by_kind_and_by_days_together(desk):
    [kind, when] = desk.get(LIST).context["cl"].choosing
    [mended] = [own for own, words, _chosen in kind.choices if words == "mended names, language or group"]
    days = {str(words): own for own, words, _chosen in when.choices}
    assert list(days) == ["Any date", "Today", "Past 7 days", "This month", "This year"]

    def listed(*chosen):
        return [entry.subject for entry in desk.get(f"{LIST}?{'&'.join(chosen)}").context["cl"].result_list]

    assert listed(mended) == ["member:7"]
    assert listed(mended, "at__gte=2026-03-02 12:00:00%2B00:00", "at__lt=2026-03-03 12:00:00%2B00:00") == ["member:7"]
    assert listed(mended, "at__gte=2026-03-02 12:00:01%2B00:00", "at__lt=2026-03-03 12:00:00%2B00:00") == []
