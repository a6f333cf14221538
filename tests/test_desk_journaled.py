"""Whatever the desk's stock pages add, change or delete leaves an entry in the journal, in the same transaction.

The pages come from the registry: a new admin that writes without an entry fails here.
"""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client, RequestFactory
from django.urls import reverse

from groups.models import User
from journal import book
from journal.models import Entry
from mailings.models import Provider
from tests import world as worlds
from tests.crawl import every_row, forms_of, taken_back
from tests.factories.groups import state
from tests.factories.mailings import ProviderFactory
from vetting.models import PartnerEndorsement

pytestmark = [pytest.mark.django_db(transaction=True)]

# What is typed on each stock page to change a row …
CHANGED = {
    "rounds.cycle": {"name": "Cycle renamed"},
    "rounds.race": {"primary_on": "2026-05-05"},
    "rounds.candidacy": {"party": "Another"},
    "endorsements.endorsement": {"title": "Another", "correction": "Wrong.", "photo_credit": "A", "photo_alt": "B"},
    "groups.place": {"organizer_email": "olu@example.org"},
    "groups.group": {"name": "Group renamed"},
    "groups.user": {"name": "Renamed", "reason": "A typo."},
    "mailings.provider": {"rate": "7"},
    "vetting.partnerendorsement": {"organisation": "Another organization"},
}
# … and to add one. Pages of their own, with verbs of their own behind them, are no stock pages.
OWN_PAGES = {"rounds.round", "vetting.questionnaire"}
NO_ROWS_BESIDE = {"leaderships-TOTAL_FORMS": "0", "leaderships-INITIAL_FORMS": "0"}


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    if not PartnerEndorsement.objects.exists():
        PartnerEndorsement.objects.create(
            candidacy=world.answered.candidacy, organisation="A union", source="https://example.org/"
        )
    if not Provider.objects.exists():
        ProviderFactory()
    return world


@pytest.fixture
def staff(world):
    client = Client()
    client.force_login(world.dee)
    return client


def added(world):
    """What is typed to add a row, by model."""
    place, far = world.group.places.first().pk, state("WY").pk
    return {
        "rounds.cycle": {"name": "Next cycle", "year": "2032"},
        "rounds.admission": {"group": world.others.pk, "place": far, "reason": "They live there."},
        "groups.group": {
            "name": "New group",
            "slug": "new-group",
            "legal_form": "unincorporated",
            "places": [place],
            **NO_ROWS_BESIDE,
        },
        "groups.user": {"email": "new.one@example.org", "language": "en", "reason": "She joins the staff."},
        "vetting.partnerendorsement": {
            "candidacy": world.answered.candidacy_id,
            "organisation": "A club",
            "source": "https://example.org/club",
        },
    }


def registered(may):
    """Every registered page that lets a superuser do this, by the model's label."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    return {
        model._meta.label_lower: desk
        for model, desk in admin.site._registry.items()
        if getattr(desk, f"has_{may}_permission")(request)
    }


def address(desk, what, *args):
    return reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_{what}", args=args)


def entries():
    return Entry.objects.exclude(verb__startswith="read.")


def rows_of(desk, world):
    request = RequestFactory().get("/")
    request.user = world.dee
    return list(desk.get_queryset(request).order_by("pk")[:20])


def row_of(desk, world):
    return next(iter(rows_of(desk, world)), None)


def saves(page) -> bool:
    """Whether a page has a stock form that can be saved."""
    return any(name == "_save" for form in forms_of(page) for name, _kind, _value in form.fields)


def test_every_change_on_a_stock_page_leaves_an_entry(world, staff):
    walked = set()
    for label, desk in registered("change").items():
        rows = rows_of(desk, world)
        assert rows, f"tests/world.py has no {label}"
        row = next((one for one in rows if saves(staff.get(address(desk, "change", one.pk)))), None)
        if row is None:
            unwritten(staff, desk, rows[0])
            continue
        assert label in CHANGED, f"say in CHANGED what to type on the page of {label}"
        walked.add(label)
        given = whole(staff, desk, row) | CHANGED[label]
        if label == "endorsements.endorsement":
            given["typed"] = row.candidacy.name
        before = entries().count()
        answer = staff.post(address(desk, "change", row.pk), given)
        assert answer.status_code == 302, (label, errors(answer))
        new = entries().order_by("id")[before:]
        assert [one.actor for one in new], f"{label} was changed without an entry"
        assert {one.actor for one in new} == {f"user:{world.dee.pk}"}
        assert book.subject_of(row) in {one.subject for one in new}
    assert walked == set(CHANGED)


def whole(staff, desk, row):
    """What the form holds as it is: Django's own idea of it, with several values of a field."""
    page = staff.get(address(desk, "change", row.pk))
    form, given = page.context["adminform"].form, {}
    for field in form:
        value = field.value()
        if value is None or value is False or field.field.disabled or field.name in ("photo",):
            continue
        values = value if isinstance(value, list) else [value]
        plain = [getattr(one, "pk", one) for one in values]
        given[field.html_name] = ["on"] if value is True else plain
    for formset in page.context["inline_admin_formsets"]:
        for field in formset.formset.management_form:
            given[field.html_name] = field.value()
        for row_form in formset.formset.initial_forms:
            for field in row_form.hidden_fields():
                given[field.html_name] = getattr(field.value(), "pk", field.value())
    return given


def errors(answer):
    context = answer.context or {}
    return answer.status_code, context.get("errors")


def unwritten(staff, desk, row):
    """A page that shows no form to save writes nothing when something is sent to it all the same."""
    with taken_back():
        known = every_row(but=["django_session"])
        if staff.post(address(desk, "change", row.pk), {"name": "X", "_save": "1"}).status_code < 400:
            changed = {table for table, rows in every_row(but=["django_session"]).items() if rows != known[table]}
            assert changed <= {LogEntry._meta.db_table, Entry._meta.db_table}, desk.opts.label_lower


def test_every_row_added_on_a_stock_page_leaves_an_entry(world, staff):
    typed = added(world)
    asked = set(registered("add")) - OWN_PAGES
    assert asked == set(typed), "say in added() what to type on the page of a new admin"
    for label in sorted(asked):
        desk = registered("add")[label]
        before = entries().count()
        answer = staff.post(address(desk, "add"), typed[label])
        assert answer.status_code == 302, (label, errors(answer))
        new = entries().order_by("id")[before:]
        assert {one.actor for one in new} == {f"user:{world.dee.pk}"}, label


def test_every_row_deleted_on_a_stock_page_leaves_an_entry(world, staff):
    for label, desk in registered("delete").items():
        row = row_of(desk, world)
        if row is None:  # the world has none; one is added by its page
            staff.post(address(desk, "add"), added(world)[label])
            row = row_of(desk, world)
        before = entries().count()
        assert staff.post(address(desk, "delete", row.pk), {"post": "yes"}).status_code == 302
        assert entries().count() > before, f"{label} was deleted without an entry"


def test_rows_that_are_ticked_and_deleted_leave_an_entry_each(world, staff):
    candidacy = world.answered.candidacy
    PartnerEndorsement.objects.create(candidacy=candidacy, organisation="B", source="https://example.org/b")
    keys = list(PartnerEndorsement.objects.values_list("pk", flat=True))
    chosen = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
    staff.post(reverse("admin:vetting_partnerendorsement_changelist"), chosen)
    assert not PartnerEndorsement.objects.exists()
    gone = entries().filter(verb="partnerendorsement.deleted")
    assert {one.subject for one in gone} == {f"partnerendorsement:{key}" for key in keys}
    assert str(candidacy) in {one.before["candidacy"] for one in gone}
    assert "B" in {one.before["organisation"] for one in gone}
    assert book.verify() is None


def test_what_nobody_changed_leaves_none(world, staff):
    for label in ("groups.place", "groups.group", "groups.user", "vetting.partnerendorsement"):
        desk = registered("change")[label]
        row = row_of(desk, world)
        before = entries().count()
        assert staff.post(address(desk, "change", row.pk), whole(staff, desk, row)).status_code == 302, label
        assert entries().count() == before, label
