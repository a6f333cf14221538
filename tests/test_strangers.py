"""What a crowd at the forms learns, and how many letters it can cause: members and strangers by turns, at every form.

REQUESTS=10000 sends as many as issue 4 asks for.
"""

import os
import random
from collections import Counter
from email.utils import parseaddr

import pytest
from django.core import mail
from django.urls import reverse

from groups import arrivals, asking, asking_views
from groups import views as group_views
from groups.members import email_key
from groups.models import MemberRequest, SignUp
from journal import clock
from mailings import postroom
from mailings.models import Letter
from tests.factories.groups import MemberFactory, zips
from tests.rounds.sheets import typed
from voting import views as voting_views
from voting.models import LinkRequest

pytestmark = pytest.mark.django_db

REQUESTS = int(os.environ.get("REQUESTS", "320"))
WISHES = ["ask_moved", "ask_stop_news", "ask_leave", "ask_not_me"]
FORMS = ["voting:my_link", "groups:confirm_again", "endorsements:on_roll", "rounds:sign_up"]
FORMS += [f"groups:{wish}" for wish in WISHES]
PEOPLE = 4  # of each kind: so few that every limit is met many times over


def crowd(client, draw, network_of):
    """Send all requests; how often each was asked, and all that was answered, without the address that was typed."""
    # The same number of letters, so that lengths can be compared too.
    addresses = [f"{who}{number}@example.org" for number in range(PEOPLE) for who in ("member", "nobody")]
    asked, answers = Counter(), {}
    for number, form in zip(range(REQUESTS), FORMS * (REQUESTS // len(FORMS) + 1), strict=False):
        address = addresses[number // len(FORMS) % len(addresses)]
        said = draw.choice([str, str.upper, str.title, lambda text: f" {text} "])(address)
        answer = client.post(reverse(form), typed(email=said), REMOTE_ADDR=network_of(number))
        page = answer.content.replace(said.strip().encode(), b"ADDRESS")
        asked[form, address] += 1
        headers = {name: text for name, text in answer.headers.items() if name != "Expires"}  # the clock's, of now
        said = (answer.status_code, page, str(sorted(headers.items())), str(answer.cookies))
        answers.setdefault((form, address[:6]), set()).add(said)
    return asked, answers


@pytest.fixture
def places(db):
    zips({"02142": ["MA-7"]})


@pytest.fixture
def members(places):
    return [MemberFactory(email=f"member{number}@example.org") for number in range(PEOPLE)]


def deliver(now):
    while postroom.send_due(now):
        pass


def told():
    """The subjects of the letters that each address got."""
    found = {}
    for letter in mail.outbox:
        found.setdefault(email_key(parseaddr(letter.to[0])[1]), []).append(letter.subject)
    return found


def test_a_crowd_from_everywhere_learns_nothing_and_causes_no_letter_over_the_limits(client, members):
    asked, answers = crowd(client, random.Random(1), lambda number: f"10.{number >> 8}.{number & 255}.1")

    for form in FORMS:
        assert answers[form, "member"] == answers[form, "nobody"]
        [(status, *_rest)] = answers[form, "member"]
        assert status == 200
    assert min(asked.values()) >= REQUESTS // len(FORMS) // (2 * PEOPLE)

    now = clock.now()
    limits = {
        "link": (LinkRequest.objects.values_list("address", flat=True), voting_views.PER_ADDRESS),
        "entry": (requests_for(exclude=asking.AGAIN_LETTER), asking_views.PER_ADDRESS),
        "sign-up": ([*requests_for(only=asking.AGAIN_LETTER), *SignUp.objects.values_list("email", flat=True)],
                    group_views.PER_ADDRESS),
    }  # fmt: skip
    for addresses, most in limits.values():
        kept = Counter(map(email_key, addresses))
        assert len(kept) == 2 * PEOPLE
        assert set(kept.values()) == {most}

    deliver(now)
    assert set(told()) == {member.email for member in members}  # a stranger hears nothing …
    arrivals.take_in(now)
    deliver(now)
    for address, subjects in told().items():
        if address.startswith("nobody"):  # … but what confirms her own sign-up
            assert set(subjects) == {"Confirm your e-mail for Sample Federation votes"}
            assert len(subjects) <= group_views.PER_ADDRESS
        assert len(subjects) <= sum(most for _addresses, most in limits.values())
    assert len(told()) == 2 * PEOPLE


def requests_for(*, only=None, exclude=None):
    """The addresses whose requests wait for this letter, or for any other."""
    letters = Letter.objects.filter(name=only) if only else Letter.objects.exclude(name__in=[exclude, "voting.link"])
    return list(MemberRequest.objects.filter(pk__in=letters.values("seat")).values_list("address", flat=True))


def test_from_one_network_a_crowd_causes_no_letter_over_the_networks_limits(client, places):
    answers = Counter()
    for number, form in zip(range(max(REQUESTS, 640)), FORMS * REQUESTS, strict=False):
        answer = client.post(reverse(form), typed(email=f"nobody{number}@example.org"), REMOTE_ADDR="192.0.2.7")
        answers[form, answer.status_code] += 1
    kept = (LinkRequest.objects.count(), len(requests_for(exclude=asking.AGAIN_LETTER)))
    assert kept == (voting_views.PER_NETWORK, asking_views.PER_NETWORK)
    assert len(requests_for(only=asking.AGAIN_LETTER)) + SignUp.objects.count() <= group_views.PER_NETWORK
    assert {status for form, status in answers if form != "rounds:sign_up"} == {200}
