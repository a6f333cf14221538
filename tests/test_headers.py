"""The headers of every page, whoever asks: policy, no foreign host, no cookie behind a private link (trust.md 6)."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.staticfiles import finders
from django.core import mail
from django.test import Client
from django.urls import reverse

from groups import members
from groups.models import Member, User
from journal import clock
from rounds.models import Candidacy
from tests import world as worlds
from tests.crawl import Walker, addresses, every_row, real_values
from tests.forms import guarded
from tests.voting.walking import open_link, press
from voting import ballotbox, tickets

POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
# What a letter's own HTML gets in the embedded default's mailbox: its styles and nothing else, in a sandbox.
LETTER_POLICY = {
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
}
TOKEN_ROOMS = {"v", "q", "confirm", "news", "moved", "leave", "not-me"}
WISHES = ["roll", "moved", "news", "leave", "not-me"]
ELSEWHERE = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "null"},
]
FOREIGN = re.compile(r"""(?:src|srcset|href|action|poster|data)\s*=\s*["'](?:https?:)?//|url\(\s*["']?(?:https?:)?//""")

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def world(set_clock, group, ada, dee):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    world.mailbox = world.letter_in_the_mailbox()
    return world


def every_page(world):
    """(address, path) of the whole site, with the first real values of each; links without anybody's as well."""
    for address in addresses():
        yield address, address.filled(real_values(address, world)[0])
    for room in sorted(TOKEN_ROOMS):
        address = next(one for one in addresses() if one.room == room)
        yield address, f"/{room}/nonsense/"


def policy_of(response):
    return set(response["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize("role", ["stranger", "leader", "staff"])
def test_every_page_has_the_same_policy_and_private_pages_leave_nothing(world, role):
    walker = Walker({"stranger": None, "leader": world.ada, "staff": world.dee}[role])
    seen = set()
    for address, path in every_page(world):
        response = walker.ask("GET", path)
        at = (path, response.status_code)
        expected = LETTER_POLICY if address.name == "mailings:letter_html" else POLICY
        assert (at, policy_of(response)) == (at, expected)
        assert (at, response["X-Content-Type-Options"]) == (at, "nosniff")
        assert (at, response["Referrer-Policy"]) == (at, "same-origin")
        assert (at, response["X-Frame-Options"]) == (at, "SAMEORIGIN" if expected is LETTER_POLICY else "DENY")
        assert (at, response["Cross-Origin-Opener-Policy"]) == (at, "same-origin")
        if address.room in TOKEN_ROOMS:
            assert (at, "no-store" in response["Cache-Control"]) == (at, True)
            assert (at, response["X-Robots-Tag"]) == (at, "noindex, nofollow")
            assert (at, dict(response.cookies)) == (at, {})
        elif role != "stranger" and address.room in ("lead", "desk", "accounts", "outbox"):
            assert (at, "public" in response.get("Cache-Control", "")) == (at, False)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            page = response.content.decode()
            assert (at, FOREIGN.findall(loaded(page).replace(f'"{project.BASE_URL}/', '"/'))) == (at, [])
            assert (at, re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|<[^>]*\s(?:on[a-z]+|style)=", page)) == (
                at,
                [],
            )
        seen.add(response.status_code)
    assert 200 in seen
    assert walker.mistakes == []


def loaded(page):
    """The page's tags that make a browser load something; where a link leads is not among them."""
    return "\n".join(re.findall(r"<(?:script|link|img|iframe|source|video|audio|object|embed|form)\b[^>]*>", page))


def test_our_own_static_files_name_no_other_host():
    """The desk's own are Django's; ours load nothing from anywhere."""
    ours = Path(project.BASE_DIR) / "static"
    found = [
        (path.relative_to(ours).as_posix(), line.strip()[:80])
        for path in sorted(ours.rglob("*"))
        if path.suffix in (".css", ".js", ".svg")
        for line in path.read_text().splitlines()
        if re.search(r"url\(\s*[\"']?(https?:)?//|@import|(fetch|import)\(\s*[\"']https?:|src=[\"'](https?:)?//", line)
    ]
    assert found == []
    assert finders.find("css/site.css").startswith(str(ours))


def test_the_pages_of_a_ballot_keep_the_rules_at_every_step(world):
    """The steps are POSTs: no cookie, no cache, and the token in no address or body after the landing."""
    client, token = Client(), world.tokens()["v/"]
    landing = open_link(world.entry, client)
    race = press(landing, "start", client)
    contest = re.search(r'name="c(\d+)"', race.content.decode())[1]
    second = press(race, "next", client, **{f"c{contest}": "01"})
    other = re.search(r'type="radio" name="c(\d+)"', second.content.decode())[1]
    check = press(second, "next", client, **{f"c{other}": "02"})
    receipt = press(check, "send", client)
    lines = press(receipt, "lines", client)
    for page in [landing, race, second, check, receipt, lines]:
        assert page.status_code == 200
        assert policy_of(page) == POLICY
        assert page["Cache-Control"] == "no-store"
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert "Location" not in page
        assert token not in page.content.decode()
    assert client.cookies == {}
    assert ballotbox.voted(world.voting.pk, [world.entry.pk]) == {world.entry.pk}


def test_a_foreign_host_is_refused_on_every_page(world):
    walker = Walker(world.dee)
    for _address, path in every_page(world):
        response = walker.ask("GET", path, HTTP_HOST="evil.example")
        assert (path, response.status_code, b"evil.example" in response.content) == (path, 400, False)
    forwarded = walker.ask("GET", "/sign-up/", HTTP_X_FORWARDED_HOST="evil.example")
    assert (forwarded.status_code, b"evil.example" in forwarded.content) == (200, False)


def test_links_in_letters_come_from_the_settings_whatever_host_is_asked(world, settings):
    settings.ALLOWED_HOSTS = ["*"]
    walker = Client(headers={"host": "evil.example"})
    assert walker.post("/my-link/", guarded(world.other.member.email)).status_code == 200
    assert walker.post("/sign-up/again/", guarded(world.unconfirmed.email)).status_code == 200
    world.write_every_letter()
    assert len(mail.outbox) > 20
    assert [one.subject for one in mail.outbox if "evil.example" in one.message().as_string()] == []


# Forms from elsewhere


def forms_without_cookies(world):
    """Each form that carries its own authority: (path, what a browser sends, whether it did anything)."""
    tokens = world.tokens()
    questionnaire = reverse("vetting:more_time", args=[tokens["q/"]])
    return {
        "ballot": ("/vote/", {"ticket": ticket_of(world), "go": "start"}),
        "link": ("/my-link/", guarded("ben@example.org")),
        "questionnaire": (questionnaire, {"reason": "We were away."}),
        "confirm": (f"/confirm/{tokens['confirm/']}/", {}),
        "again": ("/sign-up/again/", guarded("new@example.org")),
        "news": (f"/news/{tokens['news/']}/", {"wish": "leave"}),
        "ask": ("/my-entry/moved/", guarded("ben@example.org")),
        "moved": (f"/moved/{tokens['moved/']}/", {"zip": "82001"}),
        "leave": (f"/leave/{tokens['leave/']}/", {"wish": "leave"}),
        "not me": (f"/not-me/{tokens['not-me/']}/", {"said": "me"}),
    }


def ticket_of(world):
    return tickets.issue(world.entry, now=clock.now()).text


FORMS = ["ballot", "link", "questionnaire", "confirm", "again", "news", "ask", "moved", "leave", "not me"]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_sent_by_another_site_is_refused_and_one_of_ours_needs_no_cookie(world, form):
    path, sent = forms_without_cookies(world)[form]
    client = Client(enforce_csrf_checks=True)
    before = every_row(but=["cache"])
    for headers in ELSEWHERE:
        assert (headers, client.post(path, sent, **headers).status_code) == (headers, 403)
    assert every_row(but=["cache"]) == before
    for headers in ({}, {"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_ORIGIN": "http://testserver"}):
        assert client.post(path, sent, **headers).status_code in (200, 302)
    assert client.cookies == {}


def test_the_one_click_of_a_mail_program_is_taken_from_anywhere(world):
    """RFC 8058: without cookie or context; a web mailer's own address may stand in Origin."""
    path = f"/news/{world.tokens()['news/']}/"
    sent = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"}, **ELSEWHERE[0])
    world.joined.refresh_from_db()
    assert (sent.status_code, world.joined.wants_news) == (200, False)
    confirm = Client().post(
        f"/confirm/{world.tokens()['confirm/']}/", {"List-Unsubscribe": "One-Click"}, **ELSEWHERE[0]
    )
    assert confirm.status_code == 403


def test_every_form_that_rests_on_a_cookie_asks_for_its_token(world):
    """Sent with the session alone, as another site's page could: refused everywhere but where no cookie counts."""
    free = {"/vote/", "/my-link/", "/sign-up/again/", *(f"/my-entry/{one}/" for one in WISHES)}
    for person in (world.ada, world.dee):
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        for address, path in every_page(world):
            free_by_name = address.name in ("endorsements:find_line", "groups:introduce")
            if address.room in TOKEN_ROOMS or path in free or free_by_name:
                continue
            status = client.post(path, {"name": "x"}).status_code
            # 404 for what is not hers, 405 for pages that take no form: nothing is done there either.
            assert (path, status) in [(path, 403), (path, 405), (path, 404)] or address.name == "admin:jsi18n", status


# Cookies


SHOWN = """
import django
from django.conf import settings as s
django.setup()
print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, sep="|", end="|")
print(s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.CSRF_COOKIE_SAMESITE, sep="|", end="|")
print(s.SESSION_COOKIE_DOMAIN, s.CSRF_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH, sep="|", end="|")
print(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.DEBUG, sep="|", end="|")
print(s.LANGUAGE_COOKIE_NAME, s.LANGUAGE_COOKIE_SECURE, s.LANGUAGE_COOKIE_SAMESITE, sep="|")
"""


def test_under_https_cookies_are_bound_to_the_host(tmp_path):
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "endorsements.settings",
        "EMBEDDED": "1",
        "VAR_DIR": str(tmp_path),
        "BASE_URL": "https://vote.example.org",
    }
    env.pop("DATABASE_URL", None)
    said = subprocess.run([sys.executable, "-c", SHOWN], env=env, cwd=project.BASE_DIR, capture_output=True, text=True)
    assert said.stdout.strip().split("|") == [
        "__Host-session", "__Host-csrf", "True", "True", "True",
        "Lax", "Lax", "None", "None", "/",
        "True", "31536000", "True", "False", "__Host-language", "True", "Lax",
    ], said.stderr  # fmt: skip


def test_the_cookies_that_pages_set_are_closed_to_scripts_and_other_sites(world):
    client = Client()
    client.get("/accounts/login/")
    asked = client.post("/accounts/login/", {"email": world.ada.email})
    asked.cookies |= client.post("/i18n/setlang/", {"language": "es"}).cookies
    session, language = (asked.cookies[name] for name in (project.SESSION_COOKIE_NAME, project.LANGUAGE_COOKIE_NAME))
    for cookie in (session, language):
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (True, "Lax", "", "/")
    csrf = client.cookies[project.CSRF_COOKIE_NAME]
    assert (csrf["samesite"], csrf["domain"], csrf["path"]) == ("Lax", "", "/")


# Names in letters


@pytest.mark.parametrize(
    "evil", ["Ben\r\nBcc: all@evil.example", "Ben\nX-Evil: 1", 'Ben" <all@evil.example>, "', "Ben\0"]
)
def test_a_name_adds_no_header_and_no_recipient(world, evil):
    """Names come in by imports and the desk too, past every form: a letter with such a name is sent right or not."""
    for entry in (world.entry, world.other):
        type(entry.member).objects.filter(pk=entry.member_id).update(first_name=evil.replace("\0", "\x01"))
    world.ada.name = evil.replace("\0", "\x01")
    world.ada.save()
    type(world.response.candidacy).objects.update(campaign_name=evil.replace("\0", "\x01"), name=evil.replace("\0", ""))
    known = {*Member.objects.values_list("email", flat=True), *User.objects.values_list("email", flat=True)}
    known |= {*Candidacy.objects.values_list("campaign_email", flat=True)}
    known |= {"old@example.org", "mended@example.org"}  # one member's: both are told
    world.write_every_letter()
    assert len(mail.outbox) > 20
    for message in mail.outbox:
        parsed = message.message()
        assert parsed["Bcc"] is parsed["Cc"] is parsed["X-Evil"] is None
        assert parseaddr(*message.recipients())[1] in known
        assert not re.search(r"^(Bcc|X-Evil):", message.message().as_string().partition("\n\n")[0], re.M | re.I)


def test_the_link_that_leaves_the_news_names_no_other_host(world, settings):
    assert members.news_url(world.joined).startswith(settings.BASE_URL + "/news/")
