"""docs/incidents.md keeps its word: each of its commands is run here, and each of its buttons is on a page."""

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import transaction

from keys import files
from rounds.models import Round
from tests.factories.results import counted
from tests.factories.rounds import RoundFactory
from voting import ceremony, records, results

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[1]
TEXT = " ".join((ROOT / "docs" / "incidents.md").read_text().split())
WRITTEN = sorted(set(re.findall(r"`((?:manage\.py (?!…)|python tools/)[^`]+)`", TEXT)))
# Emphasis that is no button: it ends as a sentence or opens a case, and one word says what to do.
BUTTONS = sorted({bold for bold, end in re.findall(r"\*\*([^*]+)\*\*(.?)", TEXT) if end != ":" and bold[-1] != "."})
ROOMS = ["templates", "endorsements", "rounds", "voting", "vetting", "groups", "mailings", "journal"]
RUNS_ON = "manage.py run_loop"


@pytest.fixture
def shares(dee):
    """A frozen round with its keys, of which two shares lie with holders."""
    round = RoundFactory(stage=Round.Stage.FROZEN, slug="spring", name="Spring round")
    ceremony.make_keys(round, by=dee, now=round.freeze_at)
    return ceremony.escrow(round, by=dee, now=round.freeze_at)


def said(written, monkeypatch, typed="", **places):
    """What a command prints that is typed as it is written, but for the names that stand for something."""
    words = shlex.split(written)[1:]
    words = [places.get(word, word) for word in words]
    if written.startswith("python"):
        done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    out = io.StringIO()
    call_command(*words, *(["--ticks", "1", "--every", "0"] if written == RUNS_ON else []), stdout=out)
    return out.getvalue()


def test_new_shares_and_the_holders_rehearsal(shares, monkeypatch):
    again = said('manage.py round_keys escrow ROUND --again "why"', monkeypatch, ROUND="spring")
    first, second = re.findall(r"Share \d: (\S+)", again)[:2]
    assert {first, second}.isdisjoint(shares)
    told = said("manage.py round_keys rehearse ROUND --shares", monkeypatch, f"{first}\n{second}\n", ROUND="spring")
    assert "Two shares opened a test envelope." in told


def test_shares_where_none_were_made(dee, monkeypatch):
    round = RoundFactory(stage=Round.Stage.FROZEN, slug="spring")
    ceremony.make_keys(round, by=dee, now=round.freeze_at)
    told = said("manage.py round_keys escrow ROUND", monkeypatch, ROUND="spring")
    assert len(re.findall(r"Share \d: ", told)) == 3


def test_a_lost_seal_key_comes_back(shares, monkeypatch):
    name = records.key_name(Round.objects.get().pk)
    files.destroy("seal", name)
    told = said("manage.py round_keys rehearse ROUND --restore", monkeypatch, "\n".join(shares[1:]), ROUND="spring")
    assert "The seal key is back." in told
    assert files.stands("seal", name)


@pytest.mark.parametrize(
    ("written", "tells"),
    [
        ("manage.py send_letters", "0"),
        ("manage.py advance_rounds", "Spring round"),
        (RUNS_ON, ""),
        ("manage.py verify", "are whole"),
    ],
)
def test_the_clock_the_post_room_and_the_nightly_look_by_hand(shares, monkeypatch, written, tells):
    assert tells in said(written, monkeypatch)


def test_all_factors_of_a_colleague_are_taken_away(dee, monkeypatch):
    Authenticator.objects.create(user=dee, type=Authenticator.Type.TOTP, data={"secret": ""})
    said('manage.py reset_factors EMAIL --why "…"', monkeypatch, EMAIL=dee.email)
    assert not Authenticator.objects.filter(user=dee).exists()


def test_anybody_counts_again(monkeypatch, tmp_path, at):
    round = counted({0: 4, 1: 60, 2: 40}, round=RoundFactory(stage=Round.Stage.COUNTED, slug="spring")).contest.round
    with transaction.atomic():
        results.certify(round, by=None, now=at("2026-03-12 09:00"))
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.ANNOUNCED)
    places = {"ROUND": "spring", "FOLDER": str(tmp_path / "out")}
    printed = re.search(r"\b[0-9a-f]{64}\b", said("manage.py export_result ROUND FOLDER", monkeypatch, **places))
    assert printed[0] in said("python tools/recount.py FOLDER", monkeypatch, **places)


def test_nothing_is_written_there_that_is_not_run_here():
    here = Path(__file__).read_text()
    assert len(WRITTEN) > 8
    assert [one for one in WRITTEN if f'"{one}"' not in here and f"'{one}'" not in here] == []


def test_each_button_that_is_named_is_on_a_page():
    source = " ".join(
        " ".join(path.read_text().split())
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".html")
    )
    assert len(BUTTONS) > 8
    assert [button for button in BUTTONS if button not in source] == []
