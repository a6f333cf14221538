"""The desk's pages of a dress rehearsal: beginning one, watching its steps, wiping it."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from endorsements import ticking
from endorsements.control_room import outlook
from endorsements.rehearsal import rehearsing, wiping
from groups.models import Role
from groups.roles import make_roles
from journal import book
from rounds.models import Round
from tests.endorsements.rehearsal.test_rehearsing import run
from tests.factories.groups import MemberFactory, UserFactory
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = START + timedelta(hours=1)
PAGE = "/desk/rounds/round/rehearse/"
Stage = Round.Stage


@pytest.fixture
def real(dee, set_clock):
    set_clock(NOW)
    MemberFactory(email=dee.email)
    return RoundFactory(name="Spring round", slug="spring", stage=Stage.NOMINATING)


@pytest.fixture
def manager(client, real):
    """Somebody who may plan rounds and nothing graver, signed in."""
    make_roles()
    user = UserFactory(email="mae@example.org", name="Mae", is_staff=True)
    user.groups.set(Role.objects.filter(name="Round manager"))
    client.force_login(user)
    return client


def text_of(answer):
    """The words of a page, in one line."""
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def begun(real, dee):
    return rehearsing.begin(real.cycle, by=dee, now=NOW, reason="Before the spring.")


def test_the_list_of_rounds_and_the_preflight_list_lead_to_it(manager, real):
    Round.objects.filter(pk=real.pk).update(stage=Stage.VETTING)
    assert f'href="{PAGE}"' in manager.get("/desk/rounds/round/").content.decode()
    assert f'href="{PAGE}"' in manager.get(f"/desk/rounds/round/{real.pk}/preflight/").content.decode()


def test_the_page_says_who_gets_letters(manager):
    said = text_of(manager.get(PAGE))
    assert "Ballots: staff who are on the list of members (1) dee@example.org" in said
    assert "What leaders of groups get: all staff (2) dee@example.org, mae@example.org" in said


def test_it_begins_with_a_reason_and_leads_to_its_page(manager, real):
    fields = {"cycle": real.cycle_id, "minutes": "10", "reason": "Before the spring."}
    assert "This field is required" in text_of(manager.post(PAGE, {**fields, "reason": ""}))
    answer = manager.post(PAGE, fields, follow=True)
    round = Round.objects.get(rehearsal=True)
    assert answer.redirect_chain == [(f"/desk/rounds/round/{round.pk}/change/", 302)]
    said = text_of(answer)
    assert "The rehearsal has begun." in said
    assert "Nominations told Waits The clock writes to all staff as the rehearsal begins." in said
    assert book.entries_of(round).get(verb="rehearsal.begun").reason == "Before the spring."


def test_what_keeps_it_from_beginning_stands_on_the_page(manager, real):
    Round.objects.filter(pk=real.pk).update(stage=Stage.VOTING)
    assert "No rehearsal can begin now: Spring round is in its vote, or opens it" in text_of(manager.get(PAGE))
    refused = manager.post(PAGE, {"cycle": real.cycle_id, "minutes": "10", "reason": "Now."})
    assert "Spring round is in its vote, or opens it" in text_of(refused)
    assert not Round.objects.filter(rehearsal=True).exists()


def test_its_page_shows_a_step_as_it_is_seen(manager, real, dee):
    round = begun(real, dee)
    ticking.tick(NOW)
    ticking.tick(NOW)
    said = text_of(manager.get(f"/desk/rounds/round/{round.pk}/change/"))
    assert "Dress rehearsal: 1 of 16 steps seen Nominations told Seen" in said
    assert "Roll frozen Waits The clock does it by the date above" in said


@pytest.mark.parametrize("minutes", [0, 5, 9, 11])
def test_its_page_needs_no_more_than_twelve_queries_at_any_stage(manager, real, dee, minutes):
    round = begun(real, dee)
    for minute in range(2 * minutes + 2):
        ticking.tick(NOW + timedelta(seconds=30 * minute))
    outlook.keep(Round.objects.get(pk=round.pk), NOW)
    manager.get(f"/desk/rounds/round/{round.pk}/change/")
    with CaptureQueriesContext(connection) as captured:
        assert manager.get(f"/desk/rounds/round/{round.pk}/change/").status_code == 200
    assert len(captured) <= 12, "\n".join(one["sql"][:160] for one in captured.captured_queries)


def test_it_is_wiped_behind_a_page_where_its_name_is_typed(manager, real, dee):
    round = begun(real, dee)
    page = f"/desk/rounds/round/{round.pk}/wipe/"
    assert f'href="{page}"' in manager.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
    assert "this cancels it first" in text_of(manager.get(page))
    assert "That is not its name." in text_of(manager.post(page, {"typed": "Spring round", "reason": "Seen."}))
    assert round.candidacies.exists()
    said = text_of(manager.post(page, {"typed": "rehearsal 1", "reason": "Seen."}, follow=True))
    assert "The rehearsal is wiped. Its lines in the journal stay." in said
    assert "Wiped Seen" in said and f'href="{page}"' not in said
    assert "Rehearsal 1 is wiped already" in text_of(manager.post(page, {"typed": "Rehearsal 1", "reason": "Again."}))


def test_a_real_round_has_no_such_page(manager, real):
    assert manager.get(f"/desk/rounds/round/{real.pk}/wipe/").status_code == 404
    assert "Dress rehearsal" not in text_of(manager.get(f"/desk/rounds/round/{real.pk}/change/"))


def test_who_may_not_plan_rounds_may_not_rehearse(client, real, dee):
    round = begun(real, dee)
    make_roles()
    teller = UserFactory(email="tea@example.org", is_staff=True)
    teller.groups.set(Role.objects.filter(name="Teller"))
    client.force_login(teller)
    assert client.post(PAGE, {"cycle": real.cycle_id, "minutes": "10", "reason": "Now."}).status_code == 403
    assert client.post(f"/desk/rounds/round/{round.pk}/wipe/", {"typed": "Rehearsal 1"}).status_code == 403
    assert f"/{round.pk}/wipe/" not in client.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()


def test_the_preflight_list_knows_a_rehearsal_that_was_wiped(manager, real, dee, set_clock):
    round = begun(real, dee)
    now = run(round, set_clock)
    wiping.wipe(round, by=dee, now=now, reason="Seen.")
    Round.objects.filter(pk=real.pk).update(stage=Stage.VETTING)
    said = text_of(manager.get(f"/desk/rounds/round/{real.pk}/preflight/"))
    assert (
        "Test letters As it should be Ballot letters of a rehearsal went to staff on Monday, February 2, 2026." in said
    )
