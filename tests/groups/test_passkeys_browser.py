"""A passkey in a real Chromium, with a device that the browser plays: set up, signed in by, and kept."""

import re

import pytest
from django.core import mail

from journal.models import Entry
from tests.browser import click

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_in(page, user):
    page.goto("/accounts/login/")
    page.fill("[name=email]", user.email)
    click(page, "main button:has-text('code')")
    page.fill("[name=code]", re.search(r"^([A-Z0-9-]{4,12})$", mail.outbox[-1].body, re.M)[1])
    click(page, "button:has-text('Sign in')")


@pytest.fixture
def page(page_of, settings):
    """A page of 390 with a device, and what its console complained of."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "keys"}}
    settings.SECOND_FACTOR_FORCED = True
    page = page_of(390, javascript=True)
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def test_enrolled_with_a_passkey_and_signed_in_by_it(page, axe, dee, set_clock):
    sign_in(page, dee)
    assert page.text_content("h1") == "Your second step"
    assert axe(page) == []
    click(page, "text=Set up a passkey")
    assert axe(page) == []
    page.fill("[name=name]", "My phone")
    click(page, "button:has-text('Set it up')")
    assert page.text_content("h1") == "Your recovery codes"
    click(page, "text=To the desk")
    assert "/desk/" in page.url

    page.context.clear_cookies()
    sign_in(page, dee)
    assert axe(page) == []
    click(page, "button:has-text('Use your passkey')")
    assert page.url.endswith("/desk/")

    page.goto("/accounts/2fa/")
    assert "Last used on" in page.text_content("main")
    assert axe(page) == []
    click(page, "text=Remove")
    assert "This is your only second step" in page.text_content("main")
    assert page.complaints == []
    assert [entry.after for entry in Entry.objects.filter(verb="user.factor_added")] == [{"kind": "passkey"}]
