"""Lists of other tools: the real layouts, their traps, and files that are no lists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from groups.models import ImportBatch, Member, MemberSource
from journal.models import Entry
from mailings import suppression
from mailings.models import Suppression
from tests.factories.groups import MemberFactory
from tests.groups.lists import HEADER, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("america")]


def home(email):
    """Where a member lives, as (state, district, doubt)."""
    member = Member.objects.get(email_key=email)
    return (
        member.state.usps if member.state else None,
        member.district.label if member.district else None,
        member.doubt,
    )


def reasons():
    return sorted(Suppression.objects.values_list("address", "reason"))


# The exports as their tools write them


def test_action_network(take):
    assert take("action_network_report.csv", vouched_by="Dee") == {
        "rows": 8,
        "new": 7,
        "duplicate": 1,
        "suppressed": 3,
        "no_zip": 1,
        "in_doubt": 3,
    }
    assert home("ana.beltran@example.org") == ("MA", None, "split")
    assert home("bo.okafor@example.org") == ("NY", None, "split")
    assert home("cy.lee@example.org") == ("WY", "WY-AL", "")
    assert home("di.yazzie@example.org") == ("AZ", "AZ-02", "")  # the ZIP lies in two states, her address in one
    assert home("hua.lin@example.org") == ("DC", "DC-AL", "")
    assert home("jo.pruitt@example.org") == ("GA", "GA-14", "")
    assert home("no-zip@example.org") == (None, None, "no_zip")
    assert reasons() == [
        ("cy.lee@example.org", "unsubscribed"),
        ("di.yazzie@example.org", "bounced"),
        ("jo.pruitt@example.org", "complained"),
    ]
    ana = Member.objects.get(email_key="ana.beltran@example.org")
    assert (ana.first_name, ana.last_name, ana.zip) == ("Ana", "Beltrán", "02139")
    assert [source.source_key[-2:] for source in ana.sources.order_by("source_key")] == ["01", "07"]
    cy = Member.objects.get(email_key="cy.lee@example.org")
    assert cy.last_name == "O'Rourke-Lee"
    # No letters, and on the roll all the same (DESIGN: not mailed).
    assert Member.objects.confirmed().count() == 7


def test_a_report_with_other_columns(take):
    assert take("action_network_report_variant.csv", vouched_by="Dee") == {"rows": 3, "new": 3, "in_doubt": 1}
    assert home("ivy.santos@example.org") == ("GU", "GU-AL", "")  # Guam's ZIPs are on no map; it has one district
    assert home("ed.novak@example.org") == ("TX", "TX-37", "")
    assert Member.objects.get(email_key="ana.beltran@example.org").zip == "02139"
    assert str(Member.objects.get(email_key="ed.novak@example.org").address_dated) == "2026-01-20"


def test_osdi(take):
    assert take("osdi_people.json", "osdi", vouched_by="Dee") == {"rows": 3, "new": 3, "suppressed": 1, "in_doubt": 1}
    assert home("fay.haugen@example.org") == ("AK", "AK-AL", "")
    assert reasons() == [("gus.marchetti@example.org", "unsubscribed")]
    gus = Member.objects.get(email_key="gus.marchetti@example.org")
    assert (gus.confirmed_how, gus.wants_news, gus.joined_at.date().isoformat()) == ("imported", False, "2026-01-15")


def test_mailchimp_writes_a_file_per_status(take):
    assert take("mailchimp_subscribed.csv", "mailchimp", vouched_by="Dee") == {
        "rows": 3,
        "new": 3,
        "no_zip": 1,
        "in_doubt": 2,
    }
    assert home("hua.lin@example.org") == ("DC", "DC-AL", "")
    assert take("mailchimp_unsubscribed.csv", "mailchimp") == {"rows": 1, "new": 1, "suppressed": 1}
    assert reasons() == [("cy.lee@example.org", "unsubscribed")]


def test_a_cleaned_mailchimp_file_bounces(take):
    take("Email Address,ZIP code,CLEAN_TIME\nx@example.org,02142,2026-01-01 10:00:00\n", "mailchimp")
    take("Email Address,Zip Code\ny@example.org,02142\n", "mailchimp", name="cleaned_members_export_1.csv")
    assert reasons() == [("x@example.org", "bounced"), ("y@example.org", "bounced")]


def test_everyaction_has_several_rows_for_one_person(take):
    assert take("everyaction_bulk_upload.txt", "everyaction", vouched_by="Dee") == {
        "rows": 5,
        "new": 4,
        "duplicate": 1,
        "suppressed": 1,
        "in_doubt": 1,
    }
    assert MemberSource.objects.get(member__email_key="ana.beltran@example.org").source_key == "701"
    # "Not Subscribed" was never asked: neither confirmed nor barred.
    assert Member.objects.get(email_key="jo.pruitt@example.org").confirmed_at is None
    assert reasons() == [("di.yazzie@example.org", "unsubscribed")]


ALL = [
    ("action_network_report.csv", "action-network"),
    ("action_network_report_variant.csv", "action-network"),
    ("osdi_people.json", "osdi"),
    ("everyaction_bulk_upload.txt", "everyaction"),
    ("mailchimp_subscribed.csv", "mailchimp"),
    ("mailchimp_unsubscribed.csv", "mailchimp"),
]


def picture():
    return list(
        Member.objects.order_by("email_key").values_list("email_key", "zip", "state__usps", "district__number", "doubt")
    )


def test_all_files_twice_and_in_the_other_order(take):
    for name, format_name in ALL:
        take(name, format_name, vouched_by="Dee")
    first, letters = picture(), reasons()
    for name, format_name in ALL:
        counts = take(name, format_name, vouched_by="Dee")
        assert (counts.get("new"), counts.get("changed")) == (None, None), name
    assert (picture(), reasons()) == (first, letters)
    Member.objects.all().delete()
    for name, format_name in reversed(ALL):
        take(name, format_name, vouched_by="Dee")
    assert (picture(), reasons()) == (first, letters)


# Consent


def test_suppression_wins_over_a_later_subscription(take):
    take(HEADER + row(status="unsubscribed"), vouched_by="Dee")
    assert take(HEADER + row(status="subscribed"), vouched_by="Dee") == {"rows": 1, "changed": 1, "suppressed": 1}
    assert suppression.blocked(["a@example.org"], "service") == {"a@example.org"}
    assert Member.objects.get().wants_news is False


def test_the_graver_of_two_rows_counts(take):
    take(HEADER + row(status="spam complaint") + row(" A@EXAMPLE.org ", status="subscribed"))
    assert reasons() == [("a@example.org", "complained")]


def test_only_a_vouched_batch_confirms(take):
    take(HEADER + row())
    assert Member.objects.confirmed().count() == 0
    take(HEADER + row(), vouched_by="Dee Dorn")
    member = Member.objects.confirmed().get()
    assert (member.confirmed_how, member.wants_news) == ("imported", True)
    assert ImportBatch.objects.first().vouched_by == "Dee Dorn"
    confirmed = member.confirmed_at
    assert take(HEADER + row(), vouched_by="Dee Dorn") == {"rows": 1, "unchanged": 1}
    assert Member.objects.get().confirmed_at == confirmed


def test_no_status_and_unknown_status_confirm_nobody(take, command):
    take("email,zip\na@example.org,02142\n", vouched_by="Dee")
    said = command(HEADER + row("b@example.org", status="maybe"), "action-network", "--vouched-by", "Dee")
    assert said.err.splitlines() == [
        "Row 2: the status “maybe” is not known and counts as not said.",
        "No row says whether the person is subscribed, so this file confirms nobody.",
    ]
    assert Member.objects.confirmed().count() == 0


def test_a_click_is_not_overwritten_by_an_import(take):
    ben = MemberFactory(email="a@example.org", first_name="Ben", language="es")
    take(HEADER + row(first="Other"), vouched_by="Dee")
    after = Member.objects.get()
    assert (after.pk, after.first_name, after.language, after.confirmed_how) == (ben.pk, "Ben", "es", "clicked")


def test_anonymised_and_merged_members_stay_as_they_are(take, at):
    other = MemberFactory()
    MemberFactory(email="a@example.org", first_name="", merged_into=other)
    MemberFactory(email="b@example.org", first_name="", erased_at=at("2026-01-01 00:00"))
    assert take(HEADER + row() + row("b@example.org")) == {"rows": 2, "unchanged": 2}
    assert list(Member.objects.order_by("email").values_list("first_name", flat=True))[:2] == ["", ""]


# Addresses


def test_the_newest_dated_address_wins_in_either_order(take):
    old, new = (
        row(zip5="02142", dated="2025-01-01", key="1"),
        row(zip5="82001", state_="WY", dated="2026-01-01", key="2"),
    )
    take(HEADER + old + new)
    assert home("a@example.org") == ("WY", "WY-AL", "")
    Member.objects.all().delete()
    take(HEADER + new)
    take(HEADER + old)
    assert home("a@example.org") == ("WY", "WY-AL", "")


def test_a_dated_address_wins_over_an_undated_one(take):
    take(HEADER + row(zip5="82001", state_="WY", key="1") + row(zip5="02142", dated="2020-01-01", key="2"))
    assert home("a@example.org") == ("MA", "MA-07", "")


def test_undated_addresses_that_differ_are_for_staff(take):
    take(HEADER + row(zip5="82001", state_="WY", key="1") + row(zip5="02142", key="2"))
    assert home("a@example.org") == (None, None, "differing")
    take(HEADER + row("b@example.org", "02139", key="3") + row("b@example.org", "02142", key="4"))
    assert home("b@example.org") == ("MA", None, "differing")


def test_a_zip_outside_the_state_named_is_for_staff(take):
    take(HEADER + row(zip5="82001", state_="MA"))
    assert home("a@example.org") == (None, None, "differing")


@pytest.mark.parametrize(
    ("zip5", "named", "expected"),
    [
        ("30165", "", (None, None, "two_states")),
        ("30165", "GA", ("GA", "GA-14", "")),
        ("10118", "NY", ("NY", None, "unknown_zip")),
        ("09012", "AE", (None, None, "unknown_zip")),
        ("96910", "Guam", ("GU", "GU-AL", "")),
        ("", "MA", ("MA", None, "no_zip")),
        ("", "", (None, None, "no_zip")),
        ("'2142", "MA", ("MA", "MA-07", "")),
        ("02142-1234", "", ("MA", "MA-07", "")),
        ("2142.0", "", ("MA", "MA-07", "")),
        ("nonsense", "MA", ("MA", None, "no_zip")),
    ],
)
def test_zips_of_every_kind(take, zip5, named, expected):
    take(HEADER + row(zip5=zip5, state_=named))
    assert home("a@example.org") == expected


def test_a_mended_zip_is_said_by_row(command):
    said = command(HEADER + row(zip5="2142"))
    assert said.err.splitlines() == ["Row 2: 2142 was read as 02142."]
    assert said.out.splitlines() == [
        "1 rows, 1 new, 0 changed, 0 unchanged, 0 duplicate, 0 suppressed, 0 no zip, 0 in doubt, 0 bad address.",
        f"This is import {(number := ImportBatch.objects.get().pk)}; --undo {number} takes it back.",
    ]


def test_a_future_date_is_not_believed(take):
    take(HEADER + row(zip5="82001", state_="WY", dated="2999-01-01", key="1") + row(dated="2020-01-01", key="2"))
    assert home("a@example.org") == ("MA", "MA-07", "")


# What an import leaves behind


def test_a_dry_run_counts_and_keeps_nothing(command):
    said = command(HEADER + row() + row("b@example.org", status="unsubscribed"), "action-network", "--dry-run")
    assert said.out.startswith(
        "Dry run, nothing kept: 2 rows, 2 new, 0 changed, 0 unchanged, 0 duplicate, 1 suppressed"
    )
    assert (Member.objects.count(), Suppression.objects.count(), ImportBatch.objects.count()) == (0, 0, 0)
    assert not Entry.objects.exists()


def test_the_journal_says_what_a_batch_did(take):
    take(HEADER + row())
    entry = Entry.objects.get()
    assert (entry.verb, entry.after["new"]) == ("members.imported", 1)


def test_queries_do_not_grow_with_the_rows(take):
    def rows(count):
        return HEADER + "".join(row(f"p{n}@example.org", status="unsubscribed", key=str(n)) for n in range(count))

    def asked(content, name):
        with CaptureQueriesContext(connection) as queries:
            take(content, vouched_by=name)
        return len(queries)

    take(rows(30))
    few = asked(rows(3) + row("new1@example.org"), "Dee")
    assert asked(rows(30) + row("new2@example.org"), "Eve") == few < 70
