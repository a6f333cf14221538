"""The desk on a host of its own."""

import pytest
from django.core import mail

from endorsements.health import digest
from keys import origin
from tests.factories.groups import UserFactory
from tests.factories.rounds import RoundFactory
from tests.groups.test_signin import code_of

pytestmark = pytest.mark.django_db

HERE, THERE = {"HTTP_HOST": "testserver"}, {"HTTP_HOST": "desk.example.org"}


@pytest.fixture
def own_host(settings):
    settings.DESK_URL = "http://desk.example.org"
    settings.BASE_URL = "http://testserver"
    settings.ALLOWED_HOSTS = ["testserver", "desk.example.org"]


def test_without_a_host_of_its_own_the_desk_is_on_the_site(client, dee, settings):
    client.force_login(dee)

    assert client.get("/desk/").status_code == 200
    assert origin.desk_url() == settings.BASE_URL


def test_the_desk_is_found_at_its_own_host_alone(client, dee, own_host):
    client.force_login(dee)

    for path in ("/desk/", "/desk/rounds/round/", "/desk/nowhere/"):
        page = client.get(path, **HERE)
        assert (page.status_code, "Content-Security-Policy" in page) == (404, True)
        assert client.post(path, **HERE).status_code == 404
    assert client.get("/desk/", **THERE).status_code == 200
    assert client.get("/desk/rounds/round/", HTTP_HOST="DESK.example.org").status_code == 200


@pytest.mark.parametrize("path", ["/endorsed/?q=a", "/sign-up/", "/v/abc", "/rounds/"])
def test_every_public_page_leads_from_there_to_the_site(client, own_host, path):
    page = client.get(path, **THERE)

    assert (page.status_code, page.url) == (302, f"http://testserver{path}")
    assert client.post(path, **THERE).status_code == 404
    assert client.get(path, **HERE).status_code != 302 or path == "/v/abc"


def test_the_front_page_there_is_the_desk(client, own_host):
    assert client.get("/", **THERE).url == "/desk/"


@pytest.mark.parametrize("path", ["/accounts/login/", "/healthz"])
def test_signing_in_and_the_probes_are_served_there_too(client, own_host, path):
    assert client.get(path, **THERE).status_code == 200


@pytest.mark.parametrize(("host", "lands_on"), [(HERE, "/"), (THERE, "/desk/")])
def test_who_signs_in_elsewhere_is_told_where_the_desk_is(client, own_host, settings, host, lands_on):
    settings.SECOND_FACTOR_FORCED = False
    UserFactory(email="sam@example.org", is_staff=True)

    client.post("/accounts/login/code/", {"email": "sam@example.org"}, **host)
    code = code_of(mail.outbox[-1])
    page = client.post("/accounts/login/code/confirm/", {"code": code}, **host)

    assert (page.status_code, page.url) == (302, lands_on)
    told = "The desk has its own address: http://desk.example.org/desk/"
    assert (told in client.get(page.url, **host).content.decode()) is (host is HERE)


def test_letters_to_staff_lead_to_the_desks_own_host(own_host):
    assert digest.room(RoundFactory()).startswith("http://desk.example.org/desk/rounds/round/")
