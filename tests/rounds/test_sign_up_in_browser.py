"""Journeys in a real browser: a group’s link with its mistakes, a table, a leader’s poster, a member who moves."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from groups import arrivals, inviting, members
from groups.models import Group, Member
from journal import clock
from mailings import postroom
from tests.browser import click
from tests.factories.groups import GroupFactory, MemberFactory, district, zips

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def common(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "table"}}
    cache.clear()
    zips({"02139": ["MA-5", "MA-7"], "02142": ["MA-7"], "82001": ["WY-0"]})
    GroupFactory(slug="lynn", name="Lynn Group", places=[district("MA", 5)])
    return GroupFactory(slug="common", name="Common Group", places=[district("MA", 7)])


def link_in_the_letter(kind):
    arrivals.take_in(clock.now())
    postroom.send_due(clock.now())
    return re.search(rf"http\S+/{kind}/\S+", mail.outbox[-1].body)[0]


def wait(set_clock):
    """The form is not taken quicker than anybody types."""
    set_clock(timezone.now() + clock.shift_of_tests + SECONDS)


SECONDS = timedelta(seconds=3)


def test_a_groups_link_another_group_and_a_split_zip(page_of, common, set_clock):
    page = page_of(320)
    page.goto(inviting.url(common))
    assert "You sign up with Common Group." in page.text_content("main")
    page.fill("[name=first_name]", "Nia")
    page.fill("[name=zip]", "02139")
    click(page, "button:has-text('Choose another group')")
    assert page.locator("input[name=group]:checked").get_attribute("value") == "common"
    page.click("label:has-text('Lynn Group')")
    click(page, "button:has-text('Continue')")
    assert "You sign up with Lynn Group." in page.text_content("main")
    assert page.input_value("[name=first_name]") == "Nia"
    wait(set_clock)
    click(page, "main button:has-text('Sign up')")
    assert "Enter your e-mail address." in page.text_content(".error-summary")
    page.fill("[name=email]", "nia@example.org")
    click(page, "main button:has-text('Sign up')")
    page.click("label:has-text('Massachusetts 7th District')")
    click(page, "button:has-text('Continue')")
    assert page.text_content("h1") == "Check your e-mail"
    page.goto(link_in_the_letter("confirm"))
    click(page, "button:has-text('Yes, put me on the list')")
    member = Member.objects.confirmed().get()
    assert (member.group.slug, member.came_by, member.district) == ("lynn", common, district("MA", 7))
    Group.objects.filter(pk=common.pk).update(sign_up_code="9999-99")
    page.goto(inviting.url(common))
    assert page.text_content("h1") == "This link is out of date"


def test_at_a_table_nothing_of_the_last_person_comes_back(page_of, common, set_clock):
    page = page_of(800, javascript=True)
    page.goto(f"{inviting.url(common)}table/")
    page.fill("[name=first_name]", "Nia")
    page.fill("[name=email]", "nia@example.org")
    page.fill("[name=zip]", "0213")
    wait(set_clock)
    click(page, "main button:has-text('Sign up')")
    assert "Enter" in page.text_content(".error-summary")
    page.fill("[name=zip]", "02139")
    click(page, "main button:has-text('Sign up')")
    page.click("label:has-text('I am not sure')")
    click(page, "button:has-text('Continue')")
    assert page.text_content("h1") == "Thank you"
    assert "nia" not in page.content().lower()
    assert "nia" not in str(page.context.storage_state()).lower()
    after = page.context.new_page()
    after.goto(f"{inviting.url(common)}table/")
    assert [after.input_value(f"[name={name}]") for name in ("first_name", "email", "zip")] == ["", "", ""]
    arrivals.take_in(clock.now())
    assert Member.objects.get().came_by == common


def test_a_leader_prints_her_poster_and_changes_the_link(page_of, axe, group, ada, client, site):
    client.force_login(ada)
    page = page_of(320, javascript=True)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page.goto("/lead/")
    click(page, "a:has-text('Find members')")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    old = page.text_content(".share .code")
    click(page, "a:has-text('Poster, A4')")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    drawn = page.locator("svg.qr").bounding_box()
    assert drawn["width"] == drawn["height"] > 200
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    page.go_back()
    click(page, "button:has-text('Make a new link')")
    assert "Your group has a new link." in page.text_content("main")
    assert page.text_content(".share .code") != old


def test_a_member_moves_and_another_leaves(page_of, axe, common, set_clock):
    MemberFactory(email="ben@example.org")
    page = page_of(320)
    page.goto("/my-entry/")
    click(page, "main a:has-text('I moved')")
    click(page, "button:has-text('Send me the link')")
    assert "Enter your e-mail address." in page.text_content(".error-summary")
    page.fill("[name=email]", "ben@example.org")
    wait(set_clock)
    click(page, "button:has-text('Send me the link')")
    assert page.text_content("h1") == "Look in your mail"
    page.goto(link_in_the_letter("moved"))
    page.fill("[name=zip]", "x")
    click(page, "button:has-text('Continue')")
    assert "Enter a 5-digit ZIP code" in page.text_content(".error-summary")
    page.fill("[name=zip]", "82001")
    click(page, "button:has-text('Continue')")
    assert page.text_content("h1") == "We have your new place"
    assert Member.objects.get().district == district("WY", 0)


def test_the_pages_of_ones_place_pass_the_accessibility_rules(page_of, axe, common, set_clock):
    ben = MemberFactory(email="ben@example.org")
    page = page_of(320, javascript=True)
    paths = ["/my-entry/", "/my-entry/roll/", f"/join/common/{common.sign_up_code}/", "/join/common/x/"]
    paths += [url.partition("//")[2].partition("/")[2] for url in (members.moved_url(ben), members.leave_url(ben))]
    for path in paths:
        page.goto("/" + path.lstrip("/"))
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    click(page, "button:has-text('Continue')")
    assert "Choose one of the answers." in page.text_content(".error-summary")
    assert axe(page) == []
