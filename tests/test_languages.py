"""The language of a page: asked for, known, or the browser's; switched in the middle of a form, nothing is lost."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from endorsements.models import Endorsement
from groups.models import Leadership, Member, MemberRequest, SignUp
from rounds.models import LocalEndorsement, Nomination
from tests import world as worlds
from tests.forms import guarded
from tests.rounds.sheets import hidden, typed
from vetting import links
from vetting.models import Answer, Colleague, Correction
from voting.models import LinkRequest

SPANISH = 'lang="es"'


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    return worlds.World(group, ada, dee)


def page_language(page):
    return re.search(r'<html lang="(\w+)', page.content.decode())[1]


# Which language a page is in


def test_the_browsers_language_until_another_is_asked_for_and_that_from_then_on(db):
    client = Client(headers={"accept-language": "es-MX,es;q=0.9"})
    assert page_language(client.get("/how-we-endorse/")) == "es"
    page = client.get("/how-we-endorse/?lang=en")
    assert (page_language(page), page.headers["Content-Language"]) == ("en", "en")
    assert page_language(client.get("/groups/")) == "en"
    assert page_language(client.get("/groups/?lang=es&state=MA")) == "es"
    assert page_language(client.get("/")) == "es"
    assert list(client.cookies) == ["django_language"]


@pytest.mark.parametrize("asked", ["", "xx", "en-GB", "<b>", "e" * 5000, "%00"])
def test_what_is_none_of_our_languages_changes_nothing(db, asked):
    page = Client(headers={"accept-language": "es"}).get(f"/groups/?lang={asked}")
    assert (page.status_code, page_language(page)) == (200, "es")
    assert not page.cookies


def test_the_others_are_offered_at_the_top_in_their_own_words_and_keep_the_address(db):
    page = Client().get("/groups/?state=MA").content.decode()
    assert re.search(r'<a href="\?state=MA&(amp;)?lang=es" lang="es" hreflang="es">Español</a>', page)
    page = Client().get("/groups/?lang=es").content.decode()
    assert ">English</a>" in page
    assert ">Español</a>" not in page


def test_the_desk_speaks_english(world):
    client = Client(headers={"accept-language": "es"})
    client.force_login(world.dee)
    assert page_language(client.get("/desk/?lang=es")) == "en-us" or page_language(client.get("/desk/")) == "en"


def test_a_page_behind_a_members_link_is_in_her_language_and_not_the_browsers(world):
    Member.objects.update(language="es")
    tokens = world.tokens()
    for kind in ("confirm/", "moved/", "leave/", "not-me/", "news/"):
        assert (kind, page_language(Client().get(f"/{kind}{tokens[kind]}/"))) == (kind, "es")
    assert page_language(Client().get(f"/v/{tokens['v/']}")) == "es"
    english = Client()
    english.get("/?lang=en")
    assert page_language(english.get(f"/leave/{tokens['leave/']}/")) == "en"


def test_the_ballot_keeps_no_cookie_of_a_language(world):
    page = Client().get(f"/v/{world.tokens()['v/']}?lang=es")
    assert (page_language(page), dict(page.cookies)) == ("es", {})


def test_a_leaders_pages_are_in_her_language(world):
    client = Client()
    world.ada.language = "es"
    world.ada.save()
    client.force_login(world.ada)
    assert page_language(client.get("/lead/")) == "es"
    assert page_language(client.get("/lead/?lang=en")) == "en"
    assert page_language(client.get("/lead/")) == "en"


def test_a_page_says_by_what_it_differs(db):
    assert {"Cookie", "Accept-Language"} <= set(Client().get("/groups/").headers["Vary"].split(", "))


# In the middle of a form


def forms(world):
    """Each form in which something is typed: (path, its fields, which of them must come back)."""
    tokens, sent = world.tokens(), links.token_of(world.answered)
    leader = Client()
    leader.force_login(world.ada)
    task = reverse("rounds:task_page", args=[world.draft.pk, "candidate"])
    leading = {"party": "Labor", "name": "Ann Other", "seen": hidden(leader.get(task))["seen"]}
    return {
        "sign up": ("/sign-up/", typed(first_name="Zoë"), ["first_name", "email", "zip"]),
        "sign up, the place": ("/sign-up/place/", typed(first_name="Zoë", asked="state"), ["first_name", "email"]),
        "again": ("/sign-up/again/", guarded("zoe@example.org"), ["email"]),
        "link": ("/my-link/", guarded("zoe@example.org"), ["email"]),
        "moved": (f"/moved/{tokens['moved/']}/", {"zip": "02139"}, ["zip"]),
        "my entry": ("/my-entry/leave/", guarded("zoe@example.org"), ["email"]),
        "task": (task, leading, ["party", "name"]),
        "withdraw": (reverse("rounds:withdraw", args=[world.sent.pk]), {"reason": "We moved on."}, ["reason"]),
        "check": (reverse("rounds:check_and_send", args=[world.draft.pk]), {}, []),
        "local endorsement": (
            reverse("rounds:add_local_endorsement", args=[world.group.slug]),
            {"candidate": "Ann Other", "joint_other": "Local 7"},
            [],
        ),
        "leaders": (
            reverse("groups:leaders", args=[world.group.slug]),
            {"act": "add", "name": "Zoë Zed", "email": "zoe@example.org"},
            ["name", "email"],
        ),
        "sign in": ("/accounts/login/", {"email": "zoe@example.org"}, ["email"]),
        "password": ("/accounts/login/password/", {"login": "zoe@example.org", "password": "x"}, ["login"]),
        "reply": (reverse("rounds:reply", args=[world.returned.pk]), {"words": "Sixty."}, ["words"]),
        "goal": (reverse("rounds:circulate", args=[world.group.slug]), {"goal": "40"}, ["goal"]),
        "introduce": (
            reverse("groups:introduce", args=[world.group.slug]),
            guarded("zoe@example.org", name="Zoë Zed", words="Ask Ben."),
            ["name", "email", "words"],
        ),
        "topic": (reverse("vetting:topic", args=[tokens["q/"], 1]), {"by_name": "Zoë Zed"}, ["by_name"]),
        "signature": (reverse("vetting:check", args=[tokens["q/"]]), {"name": "Zoë Zed", "role": "Chair"}, ["name"]),
        "colleague": (reverse("vetting:colleague", args=[tokens["q/"]]), {"name": "Zoë Zed"}, ["name"]),
        "correction": (
            reverse("vetting:correct_answer", args=[sent, world.answered.answers.first().question_id]),
            {"words": "We meant no."},
            ["words"],
        ),
        "fact": (reverse("endorsements:ballot_preview", args=[sent]), {"words": "It is Zed."}, ["words"]),
        "more time": (reverse("vetting:more_time", args=[tokens["q/"]]), {"reason": "We were away."}, ["reason"]),
    }


NAMES = [
    "sign up", "sign up, the place", "again", "link", "moved", "my entry", "task", "withdraw", "check",
    "local endorsement", "leaders", "topic", "signature", "more time", "sign in", "password", "reply", "goal",
    "colleague", "fact", "correction", "introduce",
]  # fmt: skip


def sitting_at(path, world):
    """Ada, signed in; before the door nobody is."""
    client = Client()
    if not path.startswith("/accounts/"):
        client.force_login(world.ada)
    return client


def everything():
    """How many rows there are of whatever a form could have made."""
    kinds = [SignUp, MemberRequest, LinkRequest, LocalEndorsement, Leadership, Answer, Endorsement, Nomination]
    kinds += [Colleague, Correction]
    return [kind.objects.count() for kind in kinds]


@pytest.mark.parametrize("name", NAMES)
def test_another_language_in_the_middle_of_a_form_loses_nothing_and_does_nothing(world, name):
    path, sent, back = forms(world)[name]
    client = sitting_at(path, world)
    before = everything()
    states = list(Nomination.objects.order_by("pk").values_list("state", flat=True))
    page = client.post(f"{path}?lang=es", sent | {"switch_language": "es"}, follow=True)
    assert (page.status_code, page_language(page)) == (200, "es")
    text = page.content.decode()
    assert ("error-summary" in text) == ("error-summary" in client.get(path).content.decode())
    for field in back:
        assert sent[field] in text, field
    assert everything() == before
    assert list(Nomination.objects.order_by("pk").values_list("state", flat=True)) == states


def test_a_draft_is_saved_on_the_way_to_the_other_language(world):
    client = Client()
    client.force_login(world.ada)
    path, sent, _back = forms(world)["task"]
    client.post(f"{path}?lang=es", sent | {"switch_language": "es"})
    world.draft.refresh_from_db()
    assert (world.draft.draft["name"], world.draft.draft_saved_by) == ("Ann Other", world.ada)


def test_the_button_of_the_other_language_stands_on_each_of_these_pages(world):
    for name, (path, _sent, _back) in forms(world).items():
        page = sitting_at(path, world).get(path, follow=True).content.decode()
        button = re.search(r'<button class="btn quiet" form="form" formaction="([^"]*)\?lang=es"', page)
        assert (name, bool(button)) == (name, True)
        assert page.count('id="form"') == 1


def test_signing_up_goes_on_in_the_other_language(world, client):
    page = client.post("/sign-up/?lang=es", typed() | {"switch_language": "es"})
    assert "Regístrese para votar a quién apoyamos" in page.content.decode()
    page = client.post("/sign-up/", typed(language="es"))
    assert "¿En qué estado vive?" in page.content.decode()
