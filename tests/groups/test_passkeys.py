"""Passkeys as a second factor: who is asked for one, the pages about them, and the last one that stays."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from groups import factors, signin
from journal.models import Entry
from tests.factories.factors import app, passkey
from tests.groups.test_signin import code_now, sign_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_desk(settings):
    """Where passkeys work, forced, with counters of requests that no other test has used."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "passkeys"}}
    settings.BASE_URL, settings.DESK_URL = "https://testserver", ""
    settings.SECOND_FACTOR_FORCED = True
    cache.clear()


@pytest.mark.parametrize("has", [passkey, app])
def test_either_factor_opens_the_desk(dee, has):
    assert not signin.proven(dee)
    has(dee)
    assert signin.proven(dee)


def test_who_must_enrol_chooses_between_the_two(client, dee):
    assert sign_in(client, dee).url == reverse("mfa_index")
    page = client.get(reverse("mfa_index"))
    assert "Choose one of two ways" in text_of(page)
    assert [step in page.content.decode() for step in ("/2fa/passkeys/add/", "/2fa/totp/activate/")] == [True, True]
    page = text_of(client.get(reverse("mfa_add_webauthn")))
    assert "A passkey needs JavaScript. Use the code of an app instead." in page
    assert "Use the code of an app instead" in page


def test_the_second_step_offers_the_passkey_first_and_codes_below(client, dee):
    passkey(dee)
    assert sign_in(client, dee).url == reverse("mfa_authenticate")
    page = text_of(client.get(reverse("mfa_authenticate")))
    assert page.index("Use your passkey") < page.index("Or enter a recovery code")
    assert "A passkey needs JavaScript. Enter a code below." in page
    app(dee)
    assert "Or enter a code" in text_of(client.get(reverse("mfa_authenticate")))


def test_passkeys_are_listed_renamed_and_removed_down_to_the_last(client, dee):
    first, second = passkey(dee), passkey(dee, "My phone")
    client.force_login(dee)
    fresh(client)
    page = text_of(client.get(reverse("mfa_index")))
    assert "Blue key" in page and "My phone" in page and "Not used yet." in page
    client.post(reverse("mfa_edit_webauthn", args=[first.pk]), {"name": "Red key"})
    assert "There is a problem" in text_of(
        client.post(reverse("mfa_edit_webauthn", args=[first.pk]), {"name": "x" * 61})
    )
    assert str(Authenticator.objects.get(pk=first.pk)) == "Red key"
    assert client.post(reverse("mfa_remove_webauthn", args=[second.pk])).url == reverse("mfa_index")
    for answer in (
        client.get(reverse("mfa_remove_webauthn", args=[first.pk])),
        client.post(reverse("mfa_remove_webauthn", args=[first.pk])),
    ):
        assert "This is your only second step" in text_of(answer)
    assert Authenticator.objects.get() == first
    entry = Entry.objects.get(verb="user.factor_removed")
    assert (entry.actor, entry.subject, entry.after) == (f"user:{dee.pk}", f"user:{dee.pk}", {"kind": "passkey"})


def test_the_app_is_the_last_factor_too(client, dee):
    app(dee)
    client.force_login(dee)
    fresh(client)
    assert "This is your only second step" in text_of(client.post(reverse("mfa_deactivate_totp")))
    passkey(dee)
    assert client.post(reverse("mfa_deactivate_totp")).url == reverse("mfa_index")
    assert not signin.is_mfa_enabled(dee, [Authenticator.Type.TOTP])


def test_where_none_is_forced_the_last_may_go(client, dee, settings):
    settings.SECOND_FACTOR_FORCED = False
    key = passkey(dee)
    client.force_login(dee)
    fresh(client)
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert not Authenticator.objects.exists()


def test_nobody_touches_another_ones_passkey(client, ada, dee):
    key = passkey(dee)
    client.force_login(ada)
    fresh(client)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.post(reverse(name, args=[key.pk]), {"name": "Mine"}).status_code == 404
    assert str(Authenticator.objects.get()) == "Blue key"


def test_who_proves_herself_again_is_asked_for_the_passkey_first(client, dee):
    passkey(dee)
    app(dee)
    dee.set_password("correct horse battery")
    dee.save()
    client.force_login(dee)
    door = client.get(reverse("mfa_add_webauthn"))
    assert door.url.startswith(reverse("mfa_reauthenticate_webauthn"))
    page = client.get(door.url)
    assert [way["description"] for way in page.context["reauthentication_alternatives"]] == [
        "Enter a code",
        "Enter your password",
    ]
    assert "A passkey needs JavaScript. Choose another way below." in text_of(page)


def test_an_app_and_new_recovery_codes_stand_in_the_journal(client, dee):
    sign_in(client, dee)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": "000"})
    assert not Entry.objects.filter(verb="user.factor_added").exists()
    for _twice in range(2):
        client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    client.post(reverse("mfa_generate_recovery_codes"))
    entries = Entry.objects.filter(verb="user.factor_added").order_by("id")
    assert [entry.after["kind"] for entry in entries] == ["app", "recovery codes"]


MADE_UP = ["", "x", "1", "[]", "{}", "null", '{"id": 1, "rawId": "AA", "response": {}}', "\0"]


@pytest.mark.parametrize("made_up", MADE_UP)
def test_a_made_up_passkey_is_refused_in_words(client, dee, made_up):
    key = passkey(dee)
    sign_in(client, dee)
    page = client.post(reverse("mfa_authenticate"), {"credential": made_up})
    assert "There is a problem" in text_of(page)
    client.force_login(dee)
    for name in ("mfa_reauthenticate_webauthn", "mfa_add_webauthn"):
        fresh(client)
        page = client.post(reverse(name), {"credential": made_up, "name": "New key"})
        assert "There is a problem" in text_of(page)
    assert "New key" in page.content.decode()
    assert Authenticator.objects.get() == key


def test_passkeys_belong_to_the_host_where_staff_work(client, dee, settings, rf):
    for base, desk, host in [
        ("https://vote.example.org", "", "vote.example.org"),
        ("https://vote.example.org", "https://desk.example.org", "desk.example.org"),
        ("http://127.0.0.1:8000", "", "localhost"),
    ]:
        settings.BASE_URL, settings.DESK_URL = base, desk
        assert factors.host() == host
    assert factors.elsewhere(rf.get("/", headers={"host": "127.0.0.1"})) == "http://localhost:8000"
    assert factors.elsewhere(rf.get("/", headers={"host": "localhost:8000"})) == ""
    client.force_login(dee)
    assert "Passkeys work at this address only: http://localhost:8000" in text_of(client.get(reverse("mfa_index")))


def fresh(client):
    """As if she had just signed in."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": signin.time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()


def test_who_lost_everything_is_set_back_by_command_once(ada, dee):
    passkey(dee)
    app(dee)
    app(ada)
    for _twice in range(2):
        call_command("reset_factors", dee.email.upper(), why="Her phone was stolen.", stdout=StringIO())
    assert Authenticator.objects.get().user == ada
    entry = Entry.objects.get(verb="user.factors_reset")
    assert (entry.reason, entry.before) == ("Her phone was stolen.", {"kinds": ["totp", "webauthn"]})
    for email, why in [("nobody@example.org", "x"), (ada.email, " ")]:
        with pytest.raises(CommandError):
            call_command("reset_factors", email, why=why)


def test_who_is_set_back_is_signed_out_everywhere_and_nobody_else(client, ada, dee):
    other = Client()
    client.force_login(dee)
    other.force_login(ada)
    passkey(dee)
    call_command("reset_factors", dee.email, why="Her laptop was stolen.", stdout=StringIO())
    assert client.get(reverse("mfa_index")).url.startswith(reverse("account_login"))
    assert other.get(reverse("mfa_index")).status_code == 200
