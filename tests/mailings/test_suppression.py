"""Addresses that are not written to."""

from datetime import timedelta

import pytest

from mailings import suppression
from mailings.letters import ASKED, NEWS, SERVICE
from mailings.models import Suppression

Reason = Suppression.Reason


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (" Ben@Example.ORG\n", "ben@example.org"),
        ("ben+tag@example.org", "ben+tag@example.org"),
        ("b.e.n@example.org", "b.e.n@example.org"),
        ("ben@MÜLLER.example", "ben@xn--mller-kva.example"),
        ("ben@xn--mller-kva.example", "ben@xn--mller-kva.example"),
        ("bën@example.org", "bën@example.org"),
        ("nobody", "nobody"),
        ("", ""),
        ("ben@a..b", "ben@a..b"),
        ("ben@" + "x" * 300, "ben@" + "x" * 300),
    ],
)
def test_normalise(written, key):
    assert suppression.normalise(written) == key
    assert suppression.normalise(key) == key


@pytest.mark.django_db
def test_suppress_twice_keeps_the_first_date_and_source(noon):
    assert suppression.suppress(["Ben@example.org", "ben@example.org "], Reason.LEFT, now=noon, source="import 3") == 1
    assert suppression.suppress(["ben@example.org"], Reason.LEFT, now=noon + timedelta(1), source="import 4") == 0
    assert suppression.suppress(["ben@example.org"], Reason.NEWS, now=noon) == 1
    assert list(Suppression.objects.order_by("id").values_list("address", "reason", "since", "source")) == [
        ("ben@example.org", "left", noon, "import 3"),
        ("ben@example.org", "news", noon, ""),
    ]


@pytest.mark.django_db
def test_an_unknown_reason_is_refused(noon):
    with pytest.raises(ValueError, match="whim"):
        suppression.suppress(["ben@example.org"], "whim", now=noon)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "news", "service"),
    [
        (Reason.NEWS, True, False),
        (Reason.UNSUBSCRIBED, True, True),
        (Reason.COMPLAINED, True, True),
        (Reason.BOUNCED, True, True),
        (Reason.LEFT, True, True),
    ],
)
def test_blocked(noon, reason, news, service):
    suppression.suppress(["ben@example.org"], reason, now=noon)
    asked = ["BEN@example.org", "ada@example.org"]
    assert suppression.blocked(asked, NEWS) == ({"ben@example.org"} if news else set())
    assert suppression.blocked(asked, SERVICE) == ({"ben@example.org"} if service else set())
    assert suppression.blocked(asked, ASKED) == set()
    assert list(suppression.suppressed_keys_query().values_list("address", flat=True)) == (
        ["ben@example.org"] if service else []
    )


@pytest.mark.django_db
def test_lift(noon):
    suppression.suppress(["ben@example.org"], Reason.NEWS, now=noon)
    suppression.suppress(["ben@example.org"], Reason.BOUNCED, now=noon)
    assert suppression.lift([" BEN@example.org"], Reason.BOUNCED) == 1
    assert suppression.blocked(["ben@example.org"], NEWS) == {"ben@example.org"}
    assert suppression.lift(["ben@example.org"]) == 1
    assert suppression.lift(["ben@example.org"]) == 0


@pytest.mark.django_db
def test_many_at_once(noon):
    many = [f"p{i}@example.org" for i in range(1201)]
    assert suppression.suppress(many, Reason.LEFT, now=noon) == 1201
    assert suppression.blocked([*many, "other@example.org"], SERVICE) == set(many)
    assert suppression.lift(many) == 1201
