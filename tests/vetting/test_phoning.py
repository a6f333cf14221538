"""Which campaigns staff have to phone, and until when."""

import pytest
from django.urls import reverse

from endorsements.desk import today
from mailings import queue, suppression
from mailings.models import Delivery, Letter
from tests.factories.rounds import START, CandidacyFactory
from tests.factories.vetting import ResponseFactory
from vetting import inviting, phoning

pytestmark = pytest.mark.django_db

State, Report = Letter.State, Delivery.State


@pytest.fixture
def response():
    return ResponseFactory(
        candidacy=CandidacyFactory(name="Jane Rivera", campaign_name="Robin Hart", campaign_phone="617 555 0100")
    )


def letter(response, name="vetting.questionnaire", wave=0, **became):
    """A letter to the campaign and what became of it."""
    queue.enqueue(name, seats=[response.pk], subject=response.pk, wave=wave, now=START)
    found = Letter.objects.get(name=name, wave=wave, seat=response.pk)
    report = became.pop("report", None)
    Letter.objects.filter(pk=found.pk).update(**({"state": State.SENT} | became))
    if report:
        Delivery.objects.create(letter=found, state=report, at=START, provider="mailgun")


@pytest.mark.parametrize(
    ("became", "lost"),
    [
        ({}, False),
        ({"state": State.READY}, False),
        ({"state": State.EXPIRED}, False),
        ({"state": State.SKIPPED, "reason": "the answers are in"}, False),
        ({"report": Report.DELIVERED}, False),
        ({"report": Report.DEFERRED}, False),
        ({"report": Report.RETURNED}, True),
        ({"report": Report.BOUNCED}, True),
        ({"report": Report.SUPPRESSED}, True),
        ({"state": State.FAILED}, True),
        ({"state": State.SKIPPED, "reason": suppression.NOT_WRITTEN_TO}, True),
    ],
)
def test_a_letter_that_did_not_arrive_asks_for_a_call(response, became, lost):
    letter(response, **became)
    assert list(phoning.to_phone()) == [response] * lost


def test_the_newest_letter_that_went_out_counts(response):
    letter(response, report=Report.BOUNCED)
    letter(response, "vetting.reminder", state=State.READY)
    assert list(phoning.to_phone()) == [response]
    Letter.objects.filter(name="vetting.reminder").update(state=State.SENT)
    assert list(phoning.to_phone()) == []


def test_a_new_link_that_goes_out_ends_the_call(response, dee):
    letter(response, report=Report.BOUNCED)
    inviting.send_anew(response, by=dee, now=START, reason="Mended by phone.")
    assert list(phoning.to_phone()) == [response]
    Letter.objects.filter(wave=1).update(state=State.SENT)
    assert list(phoning.to_phone()) == []


def test_nobody_is_phoned_who_has_answered_or_is_out(response):
    letter(response, report=Report.BOUNCED)
    type(response.candidacy).objects.update(state="withdrawn")
    assert list(phoning.to_phone()) == []
    type(response.candidacy).objects.update(state="nominated")
    type(response).objects.update(submitted_at=START)
    assert list(phoning.to_phone()) == []


def test_a_letter_of_another_campaign_or_kind_says_nothing(response):
    other = ResponseFactory(candidacy=CandidacyFactory(race=response.candidacy.race))
    letter(other, report=Report.BOUNCED)
    letter(response)
    letter(response, "vetting.answered", report=Report.BOUNCED)
    assert list(phoning.to_phone()) == [other]


def test_the_desk_says_whom_to_phone_and_where_the_number_is(response, client, dee):
    letter(response, report=Report.BOUNCED)
    ResponseFactory(candidacy=CandidacyFactory(race=response.candidacy.race, name="Bo Stone"))
    client.force_login(dee)

    [row] = [one for one in today.waiting(dee, START) if "phone" in one.label]
    page = client.get(row.url).content.decode()
    file = client.get(reverse("admin:vetting_vettingfile_change", args=[response.candidacy_id])).content.decode()

    assert row.number == 1
    assert "617 555 0100" in page
    assert "Bo Stone" not in page
    assert "Our letter did not arrive" in file
    assert 'href="tel:617 555 0100"' in file
