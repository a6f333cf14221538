"""The pages in a real Chromium: the accessibility rules, a narrow screen, and the way without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from groups import arrivals
from groups.models import Member
from journal import clock
from mailings import postroom
from tests.browser import click
from tests.factories.groups import GroupFactory, MemberFactory, district, zips

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def america(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "browser"}}
    GroupFactory(slug="common", name="Common Group", website="https://group.example.org/", places=[district("MA", 7)])
    return zips({"02139": ["MA-5", "MA-7"]})


@pytest.mark.once
@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
def test_the_doors_pass_the_accessibility_rules_on_a_narrow_screen(page_of, axe, america, dark):
    page = page_of(320, javascript=True, dark=dark)
    for path in [
        "/sign-up/",
        "/sign-up/again/",
        "/confirm/x/",
        "/groups/",
        "/groups/?zip=x",
        "/groups/common/",
        "/accounts/login/",
        "/accounts/login/password/",
        "/accounts/signup/",
        "/accounts/logout/",
    ]:
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_signing_up_without_javascript_from_the_form_to_the_list(page_of, site, america, set_clock):
    page = page_of(360)
    page.goto("/sign-up/?group=common")
    page.fill("[name=first_name]", "Nia")
    page.fill("[name=email]", "nia@gmial.com")
    page.fill("[name=zip]", "02139")
    set_clock(timezone.now() + timedelta(seconds=3))  # the form is not taken quicker than anybody types
    click(page, "main button:has-text('Sign up')")
    click(page, "button:has-text('Use nia@gmail.com')")
    assert page.text_content("h1") == "Which district do you live in?"
    click(page, "button:has-text('Continue')")
    assert "Choose your district" in page.text_content(".error-summary")
    page.click("label:has-text('Massachusetts 7th District')")
    click(page, "button:has-text('Continue')")
    assert page.text_content("h1") == "Check your e-mail"
    arrivals.take_in(clock.now())
    postroom.send_due(clock.now())
    page.goto(re.search(r"http\S+/confirm/\S+", mail.outbox[0].body)[0])
    click(page, "button:has-text('Yes, put me on the list')")
    assert page.text_content("h1") == "You are on the list"
    member = Member.objects.confirmed().get()
    assert (member.email, member.district, member.group.slug) == ("nia@gmail.com", district("MA", 7), "common")


@pytest.mark.once
def test_the_second_form_of_pages_passes_too(page_of, axe, america):
    MemberFactory(confirmed_at=None)
    page = page_of(320, javascript=True)
    page.goto("/sign-up/")
    click(page, "main button:has-text('Sign up')")
    assert "There is a problem" in page.text_content(".error-summary")
    assert axe(page) == []
    page.goto("/accounts/login/")
    page.fill("[name=email]", "nobody@example.org")
    click(page, "button:has-text('Send me a code')")
    assert page.text_content("h1") == "Enter your code"
    assert axe(page) == []
