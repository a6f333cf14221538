"""Signing in: by code, by password, with a second step; and what strangers learn of it."""

import re
import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from groups import signin, signin_urls
from mailings.models import Letter
from tests.factories.groups import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet_limits(settings):
    """Counters of requests that no other test has used."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "signin"}}
    cache.clear()


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def ask(client, email, **more):
    return client.post(reverse("account_login"), {"email": email} | more, follow=True)


def code_of(letter):
    return re.search(r"^([A-Z0-9-]{4,12})$", letter.body, re.M)[1]


def test_a_leader_signs_in_by_code_and_stands_on_her_page(client, ada):
    page = ask(client, "Ada@example.org")
    assert "Enter your code" in text_of(page)
    letter = mail.outbox[0]
    assert letter.to == ["Ada Adams <ada@example.org>"]
    code = code_of(letter)
    assert letter.subject == f"{code} is your code for Sample Federation"
    assert code in letter.alternatives[0][0]
    answer = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert (answer.status_code, answer.url) == (302, "/lead/")
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_the_ledger_has_a_row_and_no_code(client, ada):
    ask(client, "ada@example.org")
    row = Letter.objects.get()
    assert (row.name, row.seat, row.state) == ("groups.sign_in", ada.pk, Letter.State.SENT)
    assert row.message_id == mail.outbox[0].extra_headers["Message-ID"]
    assert code_of(mail.outbox[0]) not in str(Letter.objects.values())


def test_a_code_works_once_and_a_wrong_one_never(client, ada):
    ask(client, "ada@example.org")
    page = client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"})
    assert page.status_code == 200
    assert "There is a problem" in text_of(page)
    assert "_auth_user_id" not in client.session


def test_five_wrong_codes_end_it(client, ada):
    assert "has been sent" not in text_of(ask(client, "ada@example.org"))
    code = code_of(mail.outbox[0])
    for _n in range(4):
        page = client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"})
        assert "This is not the code." in text_of(page)
        assert 'href="?lang=es"' in page.content.decode()
    page = client.post(reverse("account_confirm_login_code"), {"code": "WRONG1"}, follow=True)
    assert "Those were too many wrong codes. Enter your e-mail again" in text_of(page)
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert "_auth_user_id" not in client.session


def test_a_second_code_works_as_long_as_the_first_did_and_ends_it(client, ada, monkeypatch):
    began = time.time()
    ask(client, "ada@example.org")
    first = code_of(mail.outbox[0])
    monkeypatch.setattr(time, "time", lambda: began + 14 * 60)
    page = client.post(reverse("account_confirm_login_code"), {"action": "resend"}, follow=True)
    assert "a new code is on its way. The one before no longer works." in text_of(page)
    monkeypatch.setattr(time, "time", lambda: began + 28 * 60)
    client.post(reverse("account_confirm_login_code"), {"code": first})
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[1])})
    assert client.session["_auth_user_id"] == str(ada.pk)


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_who_comes_too_late_is_told_so(client, ada, monkeypatch, email):
    began = time.time()
    ask(client, email)
    monkeypatch.setattr(time, "time", lambda: began + 16 * 60)
    page = client.post(reverse("account_confirm_login_code"), {"code": "ABCD-EFGH"}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("account_request_login_code")
    assert "That code does not work any more. Enter your e-mail again" in text_of(page)


def test_two_more_codes_and_no_third(client, ada):
    offered = ["Send a new code" in text_of(ask(client, "ada@example.org"))]
    for _n in range(3):
        page = client.post(reverse("account_confirm_login_code"), {"action": "resend"}, follow=True)
        offered.append("Send a new code" in text_of(page))
    assert (offered, len(mail.outbox)) == ([True, True, False, False], 3)


def test_a_stranger_who_asks_again_sees_the_same_and_gets_nothing(client, ada):
    pages = []
    for email in ("ada@example.org", "nobody@example.org"):
        client.cookies.clear()
        ask(client, email)
        page = client.post(reverse("account_confirm_login_code"), {"action": "resend"}, follow=True)
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode()).replace(email, ""))
    assert pages[0] == pages[1]
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("email", ["nobody@example.org", "gone@example.org"])
def test_an_unknown_address_gets_the_same_page_and_no_letter(client, ada, email):
    UserFactory(email="gone@example.org", is_active=False)
    known = ask(client, "ada@example.org")
    client.logout()
    client.cookies.clear()
    page = ask(client, email)
    strip = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert strip.sub("", known.content.decode()).replace("ada@example.org", email) == strip.sub(
        "", page.content.decode()
    )
    assert [letter.to for letter in mail.outbox] == [["Ada Adams <ada@example.org>"]]


def test_a_mail_server_that_is_away_says_nothing_to_strangers(client, ada, monkeypatch):
    def away(self, **rest):
        raise OSError("no route")

    monkeypatch.setattr("mailings.rendering.Finished.send", away)
    page = ask(client, "ada@example.org")
    assert "Enter your code" in text_of(page)
    assert (Letter.objects.get().state, Letter.objects.get().reason) == (Letter.State.FAILED, "OSError")


def test_staff_go_to_the_desk_and_strangers_home(client, dee):
    stranger = UserFactory()
    for user, where in [(dee, "/desk/"), (stranger, "/")]:
        ask(client, user.email)
        answer = client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[-1])})
        assert answer.url == where
        client.post(reverse("account_logout"))


def test_next_is_followed_on_this_site_only(client, ada):
    for wanted, where in [("/lead/x/", "/lead/x/"), ("https://evil.example.org/", "/lead/")]:
        ask(client, "ada@example.org", next=wanted)
        answer = client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[-1]), "next": wanted})
        assert answer.url == where
        client.post(reverse("account_logout"))


def test_staff_without_a_second_step_are_led_to_it_where_it_is_forced(client, dee, settings):
    settings.SECOND_FACTOR_FORCED = True
    ask(client, dee.email)
    answer = client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[0])})
    assert answer.url == reverse("mfa_index")


def test_a_password_of_staff(client, dee):
    dee.set_password("correct horse battery")
    dee.save()
    page = reverse("account_login_by_password")
    assert client.get(page).status_code == 200
    assert "There is a problem" in text_of(client.post(page, {"login": dee.email, "password": "wrong"}))
    assert client.post(page, {"login": dee.email, "password": "correct horse battery"}).url == "/desk/"


def test_nobody_makes_herself_a_user(client):
    page = client.get(reverse("account_signup"))
    assert "Only group leaders and staff sign in here." in text_of(page)
    assert client.post(reverse("account_signup"), {"email": "x@example.org"}).status_code == 200
    assert not UserFactory._meta.model.objects.exists()


def test_signing_out_is_a_post(client, ada):
    client.force_login(ada)
    assert "Sign out?" in text_of(client.get(reverse("account_logout")))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def sign_in(client, user):
    ask(client, user.email)
    return client.post(reverse("account_confirm_login_code"), {"code": code_of(mail.outbox[-1])})


def code_now(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))


def test_the_second_step_is_set_up_and_used(client, dee):
    sign_in(client, dee)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert secret in text_of(page)
    assert "data:image/svg+xml" in page.content.decode()
    assert "There is a problem" in text_of(client.post(reverse("mfa_activate_totp"), {"code": "000"}))
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    page = client.get(answer.url)
    assert "10 of 10 are left." in text_of(page)
    recovery = re.search(r"<code>(\w+)</code>", page.content.decode())[1]
    assert "Turn the app off" in text_of(client.get(reverse("mfa_index")))
    client.post(reverse("account_logout"))

    answer = sign_in(client, dee)
    assert answer.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert "Your second step" in text_of(client.get(answer.url))
    assert "There is a problem" in text_of(client.post(answer.url, {"code": "123"}))
    assert client.post(answer.url, {"code": recovery}).url == "/desk/"
    assert client.session["_auth_user_id"] == str(dee.pk)


def test_what_protects_an_access_asks_again_after_a_while(client, dee, monkeypatch):
    dee.set_password("correct horse battery")
    dee.save()
    sign_in(client, dee)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    later = signin.time.time() + 301
    monkeypatch.setattr(signin.time, "time", lambda: later)
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert "Is it still you?" in text_of(client.get(answer.url))
    wrong = client.post(reverse("account_reauthenticate"), {"password": "wrong"})
    assert "There is a problem" in text_of(wrong)
    right = client.post(
        reverse("account_reauthenticate"), {"password": "correct horse battery", "next": reverse("mfa_activate_totp")}
    )
    assert right.url == reverse("mfa_activate_totp")


@pytest.mark.parametrize("pattern", signin_urls.urlpatterns, ids=lambda pattern: pattern.name)
@pytest.mark.parametrize("who", ["stranger", "leader", "staff"])
def test_every_door_shows_a_page_of_ours_or_leads_on(client, ada, dee, pattern, who):
    if who != "stranger":
        client.force_login(ada if who == "leader" else dee)
    page = client.get(reverse(pattern.name, args=[1] if "<int:pk>" in str(pattern.pattern) else []))
    assert page.status_code in (200, 302, 403, 404)
    if page.status_code == 200 and "html" in page["Content-Type"]:
        assert "allauth" not in page.content.decode()
        assert 'id="main"' in page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.content.decode())
        assert " style=" not in page.content.decode()


HOSTILE = ["", "\0", "x" * 10_000, "<script>alert(1)</script>", "🜁" * 300, b"\xff\xfe"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("account_login", "email"),
        ("account_login_by_password", "login"),
        ("account_login_by_password", "password"),
        ("account_confirm_login_code", "code"),
        ("account_confirm_login_code", "action"),
        ("account_logout", "next"),
    ],
)
def test_bad_input_at_the_doors(client, ada, name, field, value):
    if name == "account_confirm_login_code":
        ask(client, "ada@example.org")
    page = client.post(reverse(name), {"login": "a@example.org", "password": "p", "next": "\0", field: value})
    assert page.status_code in (200, 302)
    assert b"<script>alert" not in page.content
    assert "_auth_user_id" not in client.session
