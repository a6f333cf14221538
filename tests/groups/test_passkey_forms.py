"""What is believed of a browser's answer: only a page at our own address may have asked for it."""

import html
import json
import re

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from groups import signin
from tests.groups.test_passkeys import fresh
from tests.groups.test_signin import sign_in, text_of

pytestmark = pytest.mark.django_db

OURS = "https://desk.example.org"
OTHERS = [
    "https://x.desk.example.org",
    "https://desk.example.org:8443",
    "http://desk.example.org",
    "https://example.org",
]


class Device:
    """A security key: it signs what a browser hands it, wherever the page stands."""

    def __init__(self, name=b"device"):
        self.name, self.private = name, ec.generate_private_key(ec.SECP256R1())

    def make(self, task, origin, **more):
        key = ES256.from_cryptography_key(self.private.public_key())
        seen = AuthenticatorData.create(
            sha256(task["rp"]["id"].encode()),
            AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT,
            0,
            AttestedCredentialData.create(Aaguid.NONE, self.name, key),
        )
        attested = bytes(AttestationObject.create("none", seen, {}))
        return self.answer("webauthn.create", task, origin, attestationObject=attested) | more

    def use(self, task, origin):
        seen = AuthenticatorData.create(sha256(task["rpId"].encode()), AuthenticatorData.FLAG.UP, 1)
        said = self.client_data("webauthn.get", task, origin)
        signature = self.private.sign(bytes(seen) + sha256(said), ec.ECDSA(hashes.SHA256()))
        return self.answer("webauthn.get", task, origin, authenticatorData=bytes(seen), signature=signature)

    def client_data(self, kind, task, origin):
        return CollectedClientData.create(type=kind, challenge=websafe_decode(task["challenge"]), origin=origin)

    def answer(self, kind, task, origin, **parts):
        parts["clientDataJSON"] = self.client_data(kind, task, origin)
        name = websafe_encode(self.name)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


@pytest.fixture(autouse=True)
def desk_on_its_own_host(settings, client):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "answers"}}
    settings.BASE_URL, settings.DESK_URL = "https://example.org", OURS
    settings.ALLOWED_HOSTS = ["example.org", "desk.example.org"]
    settings.SECOND_FACTOR_FORCED = True
    client.defaults["HTTP_HOST"] = "desk.example.org"
    cache.clear()


def task_of(page):
    found = re.search(r'data-passkey="([^"]+)"', page.content.decode())[1]
    return json.loads(html.unescape(found))["publicKey"]


def send(client, door, make, **fields):
    """Answer the page's question by make(task)."""
    page = client.get(reverse(door))
    return client.post(reverse(door), {"credential": json.dumps(make(task_of(page)))} | fields)


def enrolled(client, user, device):
    client.force_login(user)
    fresh(client)
    send(client, "mfa_add_webauthn", lambda task: device.make(task, OURS), name="Key")
    client.logout()


def test_a_passkey_of_our_address_is_taken_and_signs_in(client, dee):
    device = Device()
    enrolled(client, dee, device)
    sign_in(client, dee)
    answer = send(client, "mfa_authenticate", lambda task: device.use(task, OURS))
    assert (answer.status_code, answer.url) == (302, "/desk/")
    assert client.session["_auth_user_id"] == str(dee.pk)


@pytest.mark.parametrize("origin", OTHERS)
def test_what_another_address_asked_for_is_refused(client, dee, origin):
    device = Device()
    client.force_login(dee)
    fresh(client)
    page = send(client, "mfa_add_webauthn", lambda task: device.make(task, origin), name="Key")
    assert "This passkey could not be used." in text_of(page)
    assert not Authenticator.objects.exists()
    enrolled(client, dee, device)
    sign_in(client, dee)
    page = send(client, "mfa_authenticate", lambda task: device.use(task, origin))
    assert "This passkey could not be used." in text_of(page)
    assert "_auth_user_id" not in client.session


def test_an_answer_counts_once_and_only_by_its_own_key(client, dee):
    device = Device()
    enrolled(client, dee, device)
    sign_in(client, dee)
    page = send(client, "mfa_authenticate", lambda task: Device().use(task, OURS))
    assert "This passkey could not be used." in text_of(page)
    said = {"credential": json.dumps(device.use(task_of(page), OURS))}
    assert client.post(reverse("mfa_authenticate"), said).url == "/desk/"
    client.logout()
    sign_in(client, dee)
    client.get(reverse("mfa_authenticate"))
    assert "This passkey could not be used." in text_of(client.post(reverse("mfa_authenticate"), said))


def test_nothing_is_stored_that_came_along_with_a_passkey(client, dee):
    client.force_login(dee)
    fresh(client)
    along = {"clientExtensionResults": {"x": "a\0b", "y": "\ud800"}, "more": "x" * 1000}
    answer = send(client, "mfa_add_webauthn", lambda task: Device().make(task, OURS, **along), name="")
    assert answer.url == reverse("mfa_view_recovery_codes")
    [stored] = Authenticator.objects.filter(type="webauthn")
    assert stored.data["name"] == "Passkey 1"
    assert set(stored.data["credential"]) == {"id", "rawId", "type", "response", "clientExtensionResults"}
    assert stored.data["credential"]["clientExtensionResults"] == {}


def test_the_public_host_says_where_passkeys_work(client, dee):
    enrolled(client, dee, Device())
    client.defaults["HTTP_HOST"] = "example.org"
    sign_in(client, dee)
    page = client.get(reverse("mfa_authenticate"))
    assert f"Passkeys work at this address only: {OURS}" in text_of(page)
    assert "data-passkey" not in page.content.decode()


def test_recovery_codes_alone_open_no_desk(dee):
    Authenticator.objects.create(user=dee, type="recovery_codes", data={"seed": "00", "used_mask": 0})
    assert not signin.proven(dee)
