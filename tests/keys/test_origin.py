"""Where a form was sent from."""

import pytest
from django.test import RequestFactory

from keys.origin import same_site


def posted(**headers):
    return RequestFactory().post("/vote/", headers={name.replace("_", "-"): said for name, said in headers.items()})


@pytest.fixture(autouse=True)
def at_home(settings):
    settings.BASE_URL = "https://vote.example.org"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Sec_Fetch_Site": "none"}, True),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "cross-site"}, False),
        ({"Sec_Fetch_Site": ""}, False),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://vote.example.org"}, False),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "null"}, True),
        ({"Origin": "https://vote.example.org"}, True),
        ({"Origin": "https://vote.example.org:443"}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://vote.example.org"}, False),
        ({"Origin": "https://vote.example.org.evil.example"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "https://[nonsense"}, False),
        ({"Origin": "https://vote.example.org:99999"}, False),
        ({}, True),
    ],
)
def test_a_form_is_ours_by_its_headers(headers, ours):
    assert same_site(posted(**headers)) is ours
