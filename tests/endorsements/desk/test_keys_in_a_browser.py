"""Keys of the desk in Chromium: they work, have buttons, rest while somebody types, and can be turned off."""

import pytest

from tests.browser import click
from tests.factories.groups import GroupFactory
from tests.factories.vetting import ResponseFactory

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]
GROUPS = "/desk/groups/group/"
ON = "() => document.activeElement.textContent.trim()"


@pytest.fixture
def desk(page_of, client, dee, site):
    """desk(path): a page of hers at the desk, with all that its console complained of in page.complaints."""
    client.force_login(dee)

    def opened(path, *, javascript=True):
        page = page_of(1200, javascript=javascript)
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        page.goto(path)
        return page

    return opened


@pytest.fixture
def groups(db):
    return [GroupFactory(name=name) for name in ("Ash", "Birch", "Cedar")]


def test_j_and_k_step_from_row_to_row_and_enter_opens(desk, groups):
    page = desk(GROUPS)

    stood = []
    for key in "jjkjjjk":
        page.keyboard.press(key)
        stood.append(page.evaluate(ON))
    assert stood == ["Ash", "Birch", "Ash", "Birch", "Cedar", "Cedar", "Birch"]
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert f"{GROUPS}{groups[1].pk}/change/" in page.url
    assert page.complaints == []


def test_the_buttons_do_what_the_keys_do(desk, groups):
    page = desk(GROUPS)

    page.click("text=Next row")
    page.click("text=Next row")
    page.click("text=Previous row")
    click(page, page.locator("text=Open the row"))

    assert f"{GROUPS}{groups[0].pk}/change/" in page.url


def test_slash_goes_to_the_search_and_no_key_works_there(desk, groups):
    page = desk(GROUPS)

    page.keyboard.press("/")
    page.keyboard.type("j?k/es")

    assert page.input_value("#searchbar") == "j?k/es"
    assert page.locator("dialog").count() == 0
    assert page.evaluate("document.activeElement.id") == "searchbar"


def test_a_key_with_control_is_the_browsers(desk, groups):
    page = desk(GROUPS)

    page.keyboard.press("Control+j")

    assert page.locator(".desk-current").count() == 0


def test_the_list_of_keys_is_shown_and_turns_them_off_for_her(desk, groups):
    page = desk(GROUPS)
    page.keyboard.press("?")
    assert "The next row" in page.inner_text("dialog")
    assert "Skip this one (not on this page)" in page.inner_text("dialog")

    page.click("text=Turn the keys off")
    assert "The keys are off in this browser." in page.inner_text("dialog")
    page.click("dialog >> text=Close")
    page.keyboard.press("j")
    assert page.locator(".desk-current").count() == 0

    page.goto("/desk/groups/place/")
    page.keyboard.press("?")
    assert page.locator("dialog").count() == 0
    page.click("button.desk-keys")
    page.click("text=Turn the keys on")
    page.keyboard.press("Escape")
    page.goto(GROUPS)
    page.keyboard.press("j")
    assert page.evaluate(ON) == "Ash"


def test_the_list_of_keys_is_accessible(desk, groups, axe):
    page = desk(GROUPS)
    page.click("button.desk-keys")

    assert axe(page) == []


def test_s_skips_a_file_and_e_saves_it(desk, dee):
    candidacy = ResponseFactory().candidacy
    address = f"/desk/vetting/vettingfile/{candidacy.pk}/change/"
    page = desk(address)
    assert page.locator('[data-key="e"]').first.inner_text() in ("Save and next", "Decide and next")

    with page.expect_navigation():
        page.keyboard.press("s")
    assert "/vettingfile/queue/" in page.url

    page.goto(address)
    with page.expect_navigation():
        page.keyboard.press("e")
    assert page.locator(".errorlist, .errornote, .error").count() > 0  # sent with nothing filled in: it says what lacks


def test_without_script_the_page_is_whole_and_has_no_buttons_that_do_nothing(desk, groups):
    page = desk(GROUPS, javascript=False)

    assert page.locator("#result_list tbody tr").count() == 3
    assert page.locator(".desk-keys, .desk-steps").count() == 0
