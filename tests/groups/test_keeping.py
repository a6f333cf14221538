"""Views that somebody keeps of a list: hers alone, by name."""

import pytest

from groups import keeping
from groups.refusals import Refusal
from tests.factories.groups import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "rounds.candidacy"


def kept_by(user, page=PAGE):
    return [(view.name, view.query) for view in keeping.of(user, page)]


def test_a_view_is_kept_for_her_and_this_list_alone(dee, ada):
    keeping.keep(dee, PAGE, name="  On  hold ", query="state__exact=held")

    assert kept_by(dee) == [("On hold", "state__exact=held")]
    assert kept_by(dee, "rounds.race") == kept_by(ada) == []


def test_one_of_the_same_name_is_replaced_and_twice_is_once(dee):
    for query in ("o=1", "o=2", "o=2"):
        keeping.keep(dee, PAGE, name="Mine", query=query)

    assert kept_by(dee) == [("Mine", "o=2")]


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        (" ", "o=1", "Give the view a name."),
        ("a\0b", "o=1", "Give the view a name."),
        ("n" * 41, "o=1", "A name has at most 40 characters."),
        ("Mine", "", "Filter, search or sort the list first: this view is the whole list."),
        ("Mine", "q" * 501, "This search is too long to be kept."),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(dee, name, query, words):
    with pytest.raises(Refusal) as refusal:
        keeping.keep(dee, PAGE, name=name, query=query)

    assert (str(refusal.value), kept_by(dee)) == (words, [])


def test_the_longest_name_and_query_are_kept(dee):
    keeping.keep(dee, PAGE, name="n" * 40, query="q" * 500)

    assert kept_by(dee) == [("n" * 40, "q" * 500)]


def test_there_is_a_most_and_the_last_may_still_be_replaced(dee):
    for number in range(keeping.MOST):
        keeping.keep(dee, PAGE, name=f"View {number}", query="o=1")

    with pytest.raises(Refusal, match="You keep 12 views of this list. Remove one first."):
        keeping.keep(dee, PAGE, name="One more", query="o=1")
    keeping.keep(dee, PAGE, name="View 3", query="o=2")

    assert len(kept_by(dee)) == keeping.MOST
    assert ("View 3", "o=2") in kept_by(dee)


def test_only_she_lets_a_view_go_and_only_of_its_list(dee):
    kept = keeping.keep(dee, PAGE, name="Mine", query="o=1")

    assert not keeping.forget(UserFactory(), PAGE, kept.pk)
    assert not keeping.forget(dee, "rounds.race", kept.pk)
    assert keeping.forget(dee, PAGE, kept.pk)
    assert not keeping.forget(dee, PAGE, kept.pk)
    assert kept_by(dee) == []


def test_her_views_go_with_her():
    user = UserFactory()
    keeping.keep(user, PAGE, name="Mine", query="o=1")
    key = user.pk

    user.delete()

    assert not keeping.KeptView.objects.filter(user=key).exists()
