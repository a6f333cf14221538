"""Every act at the desk stands in docs/acts.md with its class, and nothing else does (ux.md 3)."""

import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import RequestFactory

from endorsements.control_room import steps
from groups.models import User
from mailings.admin import ACTS as WAVE_ACTS
from mailings.admin import SWITCHES
from tests.crawl import addresses
from vetting.admin_files import ACTS as FILE_ACTS
from voting import reach_pages

TABLE = Path(__file__).parents[1] / "docs" / "acts.md"
CLASSES = {"A", "B", "C", "–"}
# Pages that read, or that belong to a session.
READ_ONLY = {
    "index", "login", "logout", "stay", "jsi18n", "app_list", "autocomplete", "view_on_site", "None", "retention",
    "password_change", "password_change_done", "rounds_round_preflight", "rounds_round_results",
    "groups_member_letters", "groups_member_readers", "groups_upload_rows", "voting_unreached",
    "vetting_vettingfile_queue", "vetting_vettingfile_skip", "vetting_vettingfile_race", "vetting_vettingfile_answers",
    "mailings_letter_unseen", "vetting_questionnaire_preview", "vetting_questionnaire_csv",
}  # fmt: skip
STOCK = re.compile(r"_(add|change|delete|history|changelist)$")
SHOWS_ITS_OWN = {
    "rounds_round_change",
    "vetting_vettingfile_change",
}  # what is done there has a page or form of its own
BY_ACT = {
    "rounds_round_steer": steps.ACTS,
    "mailings_stoppedtopic_switch": SWITCHES,
    "mailings_wave_act": WAVE_ACTS,
    "voting_reach": reach_pages.ACTS,
}


def of_the_registry(desk):
    """What a stock page, the buttons and the actions of one model's admin let a superuser do."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    name = f"{desk.opts.app_label}_{desk.opts.model_name}"
    decisions = getattr(desk, "decisions", {})
    yield from (f"{name}_decide/{act}" for act in decisions)
    yield from (f"{name}_changelist/{action}" for action in desk.actions or [])
    for may in ("add", "change", "delete"):
        # Whoever may press a Decided record's buttons may "change" it; its fields are read.
        reads = may == "change" and decisions and not set(desk.get_fields(request)) - set(desk.readonly_fields)
        if getattr(desk, f"has_{may}_permission")(request) and not reads:
            yield f"{name}_{may}"


def acts():
    """The acts of the desk as the table names them: an address, and behind a slash the act on it."""
    found = {f"vetting_vettingfile_change/{act}" for act in FILE_ACTS}
    for desk in admin.site._registry.values():
        found |= set(of_the_registry(desk))
    for address in addresses():
        name = address.name.removeprefix("admin:")
        own = address.room == "desk" and not (name.endswith("_decide") and "act" in address.parameters)
        if own and name not in READ_ONLY and not STOCK.search(name):
            found |= {f"{name}/{act}" for act in BY_ACT[name]} if "act" in address.parameters else {name}
    return found - SHOWS_ITS_OWN


def rows():
    """(classes, acts) of each row of the table."""
    cells = [line.strip("|\n").split("|") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return [
        ([one.strip() for one in row[1].split(",")], re.findall(r"`([^`]+)`", row[3])) for row in cells if "`" in row[3]
    ]


def test_every_act_stands_in_the_table_and_nothing_else():
    named = [act for _classes, some in rows() for act in some]
    assert sorted(named) == sorted(acts())


def test_every_row_has_a_class():
    assert [classes for classes, _acts in rows() if not set(classes) <= CLASSES] == []


@pytest.mark.parametrize("act", sorted(steps.NAMED))
def test_what_wants_the_rounds_name_is_no_act_of_class_a(act):
    [classes] = [classes for classes, some in rows() if f"rounds_round_steer/{act}" in some]
    assert set(classes) <= {"B", "C"}
