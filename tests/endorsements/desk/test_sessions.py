"""Staff are signed out after half an hour of silence and half a day of work; leaders are not."""

import pytest
from django.test import Client

from endorsements.desk import sessions

pytestmark = pytest.mark.django_db
HOUR = 3600
BEGAN = 1_800_000_000
PAGE = "/desk/groups/group/?active__exact=1"


@pytest.fixture
def at(monkeypatch):
    """at(seconds): so long after the first page."""

    def move(seconds):
        monkeypatch.setattr(sessions, "time", lambda: BEGAN + seconds)

    move(0)
    return move


@pytest.fixture
def desk(client, dee, at):
    client.force_login(dee)
    assert client.get(PAGE).status_code == 200
    return client


@pytest.mark.parametrize(("silence", "stays"), [(30 * 60 - 1, True), (30 * 60, False)])
def test_half_an_hour_without_a_sign_of_life(desk, at, silence, stays):
    at(silence)
    answer = desk.get(PAGE)
    assert answer.status_code == (200 if stays else 302)
    if not stays:
        assert answer["Location"] == "/accounts/login/?next=%2Fdesk%2Fgroups%2Fgroup%2F%3Factive__exact%3D1"
        assert "Nothing was done here for 30 minutes" in desk.get(answer["Location"]).content.decode()
        assert desk.get(PAGE).status_code == 302


@pytest.mark.parametrize(("age", "stays"), [(12 * HOUR - 1, True), (12 * HOUR, False)])
def test_half_a_day_ends_it_whatever_is_done(desk, at, age, stays):
    for seconds in range(0, age, 20 * 60):
        at(seconds)
        assert desk.get(PAGE).status_code == 200
    at(age)
    answer = desk.get(PAGE)
    assert answer.status_code == (200 if stays else 302)
    if not stays:
        assert "You signed in 12 hours ago." in desk.get(answer["Location"]).content.decode()


def test_the_hours_and_minutes_are_settings(desk, at, settings):
    settings.STAFF_IDLE_MINUTES = 1
    at(59)
    assert desk.get(PAGE).status_code == 200
    at(60)
    assert desk.get(PAGE).status_code == 302


def test_a_form_that_comes_too_late_changes_nothing_and_leads_back(desk, at, group):
    at(HOUR)
    page = f"/desk/groups/group/{group.pk}/change/"
    answer = desk.post(page, {"name": "Another"})
    assert answer["Location"].endswith(f"?next=%2Fdesk%2Fgroups%2Fgroup%2F{group.pk}%2Fchange%2F")
    group.refresh_from_db()
    assert group.name != "Another"


def test_whoever_writes_stays(desk, at):
    at(29 * 60)
    assert desk.get("/desk/stay/").status_code == 204
    at(58 * 60)
    assert desk.get("/desk/stay/").status_code == 204
    at(88 * 60)
    assert desk.get("/desk/stay/").status_code == 403


def test_a_sign_of_life_is_written_once_a_minute(desk, at, django_assert_num_queries):
    at(59)
    with django_assert_num_queries(2):
        desk.get("/desk/stay/")
    at(60)
    desk.get("/desk/stay/")
    assert desk.session[sessions.SEEN] == BEGAN + 60


def test_leaders_stay_signed_in(client, ada, at):
    client.force_login(ada)
    assert client.get("/lead/").status_code == 200
    at(11 * HOUR)
    assert client.get("/lead/").status_code == 200
    assert sessions.SEEN not in client.session


@pytest.mark.browser
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_somebody_who_is_still_is_told_and_may_stay(page_of, site, dee, settings):
    settings.STAFF_IDLE_MINUTES = 2
    client = Client()
    client.force_login(dee)
    page = page_of(390, javascript=True)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page.goto("/desk/rounds/round/add/")
    page.fill("[name=name]", "Spring round")

    page.wait_for_selector(".desk-staying")
    assert "You will be signed out in two minutes." in page.inner_text(".desk-staying")
    page.click(".desk-staying button")
    page.wait_for_selector(".desk-staying", state="detached")
    assert page.input_value("[name=name]") == "Spring round"

    client.session.flush()
    page.wait_for_selector(".desk-staying")
    page.click(".desk-staying button")
    page.wait_for_selector("text=You are signed out.")
    assert page.input_value("[name=name]") == "Spring round"
