"""A batch taken back: what it changed and added, and what must stay because something happened since."""

import pytest

from groups import members, signup
from groups.importing import undoing
from groups.models import ImportBatch, ImportChange, Member, MemberSource
from groups.refusals import Refusal
from journal import book, clock
from journal.models import Entry
from mailings import suppression
from mailings.models import Suppression
from tests.factories.groups import MemberFactory, district
from tests.factories.voting import RollEntryFactory
from tests.groups.lists import HEADER, row
from tests.groups.test_import_streams import drawn, everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("america")]


@pytest.fixture
def now():
    return clock.now()


def undo(now, batch=None, by="dee"):
    return undoing.undo(batch or ImportBatch.objects.first(), by=by, now=now, reason="The wrong file.")


def test_all_that_a_batch_did_is_undone(take, now):
    take(HEADER + row(first="") + row("b@example.org", key="1"))
    before = everything()
    content = (
        HEADER + row(zip5="82001", state_="WY", status="unsubscribed") + row("b@example.org", key="2")
        + row("c@example.org", status="bouncing") + row("d@example.org")
    )  # fmt: skip
    assert take(content, vouched_by="Dee", name="wrong.csv") == {"rows": 4, "new": 2, "changed": 2, "suppressed": 2}
    assert everything() != before
    assert undo(now) == {"removed": 2, "restored": 2, "kept": 0, "notes_lifted": 2}
    assert everything() == before
    entry = Entry.objects.order_by("-id").first()
    assert (entry.verb, entry.reason, entry.after["removed"]) == ("members.import_undone", "The wrong file.", 2)
    assert book.verify() is None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_came_before_the_last_batch_is_as_it_was(take, now, seed):
    take(drawn(seed), name="0.csv")
    take(drawn(seed + 100), "action-network", name="1.csv", vouched_by="Dee")
    before = everything()
    take(drawn(seed + 200), name="2.csv", vouched_by="Eve")
    assert everything() != before
    assert undo(now)["kept"] == 0
    assert everything() == before
    first = ImportBatch.objects.last()
    undo(now, ImportBatch.objects.order_by("pk")[1])
    undo(now, first)
    assert everything() == ([], [], [])


def test_twice_is_refused_and_does_nothing(take, now):
    take(HEADER + row())
    undo(now)
    MemberFactory(email="a@example.org")
    with pytest.raises(Refusal, match="undone already"):
        undo(now)
    assert Member.objects.count() == 1


def test_who_has_done_something_since_stays(take, now, dee):
    names = ["plain", "signed", "mended", "listed", "rolled", "settled"]
    take(HEADER + "".join(row(f"{name}@example.org", key=name) for name in names), vouched_by="Dee", name="first.csv")
    batch = ImportBatch.objects.get()
    people = {name: Member.objects.get(email_key=f"{name}@example.org") for name in names}
    asked = signup.Request("signed@example.org", "S", "S", "02142")
    signup.sign_up(asked, now=now)
    signup.confirm(people["signed"], now=now)
    members.mend_address(people["mended"], "other@example.org", by=dee, now=now)
    take(HEADER + row("listed@example.org", key="listed", dated="2025-05-05"), name="second.csv")
    RollEntryFactory(member=people["rolled"])
    signup.set_by_staff(people["settled"], zip5="02142", usps="MA", district=district("MA", 7), now=now)
    assert undo(now, batch) == {"removed": 1, "restored": 0, "kept": 5, "notes_lifted": 0}
    assert not Member.objects.filter(email_key="plain@example.org").exists()
    assert Member.objects.count() == 5
    assert not MemberSource.objects.filter(source_key="plain").exists()


def test_a_field_that_says_something_else_by_now_stays(take, now):
    ben = MemberFactory(email="a@example.org", first_name="", last_name="")
    take(HEADER + row(zip5=""))
    Member.objects.filter(pk=ben.pk).update(first_name="Benno")
    assert undo(now)["kept"] == 1
    ben.refresh_from_db()
    assert ben.first_name == "Benno"


def test_what_another_list_says_too_is_not_lifted(take, now):
    take(HEADER + row(status="unsubscribed", key="1"), name="first.csv")
    take(HEADER + row(status="unsubscribed", key="2"), name="second.csv")
    suppression.suppress(["c@example.org"], Suppression.Reason.COMPLAINED, now=now, source="reported")
    undo(now, ImportBatch.objects.last())
    assert suppression.blocked(["a@example.org", "c@example.org"], "service") == {"a@example.org", "c@example.org"}


def test_the_same_list_again_leaves_no_changes(take):
    take(HEADER + row() + row("b@example.org", status="unsubscribed"))
    take(HEADER + row() + row("b@example.org", status="unsubscribed"))
    assert not ImportChange.objects.exists()
