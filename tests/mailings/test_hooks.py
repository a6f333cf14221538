"""Where providers report: only proven, fresh and new reports change anything, and nothing breaks the page."""

import base64
import hashlib
import hmac
import json
import random

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from journal import clock
from mailings import hook_views, hooks
from mailings.carriers import anymail_settings
from mailings.models import Delivery, Letter, ProviderReport, Suppression
from tests.factories.mailings import LetterFactory

pytestmark = pytest.mark.django_db
State = Delivery.State
SECRET = "hooks:secret"
BASIC = {"authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}"}


@pytest.fixture
def letter():
    return LetterFactory(state=Letter.State.SENT)


@pytest.fixture
def now(monkeypatch, noon):
    """Noon, and it stays noon: the limits are tried to the second."""
    monkeypatch.setattr(clock, "now", lambda: noon)
    return noon


@pytest.fixture
def mailgun(settings, client, now):
    """Post a report signed as Mailgun signs: mailgun(event="delivered", letter=1)."""
    settings.ANYMAIL = anymail_settings({"MAILGUN_API_KEY": "key", "MAILGUN_WEBHOOK_SIGNING_KEY": "signing"})

    def post(token="token-1", stale=0, key="signing", body=None, headers=None, **event):
        at = str(int(now.timestamp()) - stale)
        seal = hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
        variables = {"letter": str(event.pop("letter"))} if "letter" in event else {}
        data = {
            "signature": {"token": token, "timestamp": at, "signature": seal},
            "event-data": {"timestamp": now.timestamp(), "user-variables": variables, "event": "delivered", **event},
        }
        sent = json.dumps(data) if body is None else body
        return client.post("/hooks/mailgun/", sent, content_type="application/json", headers=headers or {})

    return post


FAILED = {
    "event": "failed",
    "severity": "permanent",
    "reason": "bounce",
    "recipient": "Ben@Example.org",
    "delivery-status": {"code": 550, "message": "5.1.1 <ben@example.org> unknown"},
}


def rows():
    return [list(model.objects.order_by("pk").values_list()) for model in (Delivery, ProviderReport, Suppression)]


def test_a_delivered_letter(mailgun, letter):
    assert mailgun(letter=letter.pk).status_code == 200
    assert Delivery.objects.get().state == State.DELIVERED


def test_a_hard_bounce_marks_the_address_and_keeps_no_address_in_its_reason(mailgun, letter):
    assert mailgun(letter=letter.pk, **FAILED).status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.provider) == (State.BOUNCED, "mailgun")
    assert "5.1.1" in delivery.reason
    assert "ben@" not in delivery.reason
    assert Suppression.objects.get().address == "ben@example.org"


@pytest.mark.parametrize(
    ("event", "state", "mark"),
    [
        ({"event": "failed", "severity": "temporary", "reason": "generic"}, State.DEFERRED, None),
        ({"event": "failed", "severity": "permanent", "reason": "generic"}, State.RETURNED, None),
        ({"event": "complained"}, State.COMPLAINED, "complained"),
        ({"event": "opened"}, None, None),
        ({"event": "clicked"}, None, None),
        ({"event": "unsubscribed"}, None, None),
        ({"event": "something-new"}, None, None),
    ],
)
def test_what_each_event_means(mailgun, letter, event, state, mark):
    assert mailgun(letter=letter.pk, recipient="ben@example.org", **event).status_code == 200
    assert list(Delivery.objects.values_list("state", flat=True)) == ([] if state is None else [state])
    assert list(Suppression.objects.values_list("reason", flat=True)) == ([] if mark is None else [mark])


@pytest.mark.parametrize("number", [999_999_999, 0, "", "x", "1 OR 1=1", "9" * 30, None, [], {"a": 1}])
def test_an_unknown_letter_is_answered_like_any_other(mailgun, letter, number):
    assert mailgun(**{**FAILED, "user-variables": {"letter": number}}).status_code == 200
    assert mailgun(**FAILED).status_code == 200
    assert rows() == [[], [], []]


def test_a_replay_changes_nothing(mailgun, letter):
    mailgun(letter=letter.pk, **FAILED)
    before = rows()
    for _ in range(2):
        assert mailgun(letter=letter.pk, **FAILED).status_code == 200
    assert rows() == before


def test_replayed_and_shuffled_it_ends_as_one_clean_pass(mailgun):
    dice = random.Random(19)
    some = [LetterFactory(state=Letter.State.SENT) for _ in range(5)]
    kinds = [{}, FAILED, {"event": "failed", "severity": "temporary"}, {"event": "complained", "recipient": "b@c.org"}]
    calls = [({**kind, "letter": letter.pk}, f"t-{letter.pk}-{at}") for letter in some for at, kind in enumerate(kinds)]
    for event, token in calls:
        mailgun(token, **event)
    before = rows()[0]
    Delivery.objects.all().delete()
    ProviderReport.objects.all().delete()
    again = calls * 2
    dice.shuffle(again)
    for event, token in again:
        assert mailgun(token, **event).status_code == 200
        assert mailgun(token, key="forged", **event).status_code == 401
    assert rows()[0] == before
    assert ProviderReport.objects.count() == len(calls) - len(some)  # "delivered" keeps no number


@pytest.mark.parametrize(("stale", "status"), [(0, 200), (300, 200), (301, 401), (-300, 200), (-301, 401)])
def test_only_what_was_signed_just_now_is_believed(mailgun, letter, stale, status):
    assert mailgun(letter=letter.pk, stale=stale).status_code == status
    assert Delivery.objects.count() == (status == 200)


def test_a_forged_signature_leaves_no_row(mailgun, letter):
    assert mailgun(letter=letter.pk, key="guessed", **FAILED).status_code == 401
    assert rows() == [[], [], []]


def test_where_a_secret_is_set_the_signature_alone_is_not_enough(mailgun, letter, settings):
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": [SECRET]}
    assert mailgun(letter=letter.pk).status_code == 401
    assert mailgun(letter=letter.pk, headers=BASIC).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"3", b'"x"', b"\xff\xfe", b"{}", b'{"signature": 3}', b'{"signature": {"token": []}}'],
)
@pytest.mark.parametrize("name", sorted(hooks.VIEWS))
def test_no_body_breaks_the_page(client, settings, now, name, body):
    settings.ANYMAIL = anymail_settings({"WEBHOOK_SECRET": SECRET, "MAILGUN_API_KEY": "k", "MANDRILL_WEBHOOK_KEY": "k"})
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "x"):
        for headers in ({}, BASIC):
            answer = client.generic("POST", f"/hooks/{name}/", body, content_type=kind, headers=headers)
            assert answer.status_code in (200, 400, 401)
    assert rows() == [[], [], []]


def test_a_proven_report_in_a_strange_form_is_refused(mailgun, letter):
    assert mailgun(letter=letter.pk, event={"a": 1}).status_code == 400
    assert mailgun(letter=letter.pk, timestamp="never").status_code in (200, 400)


def test_a_large_body_is_not_read(mailgun):
    assert mailgun(body=b"x" * (hook_views.LARGEST + 1)).status_code == 413


@pytest.mark.parametrize(("method", "status"), [("head", 200), ("get", 405), ("put", 405)])
def test_other_methods(client, method, status):
    assert getattr(client, method)("/hooks/mailgun/").status_code == status


@pytest.mark.parametrize("name", ["nobody", "amazon_ses", *sorted(hooks.VIEWS)])
def test_without_a_key_or_secret_there_is_no_page(client, settings, name):
    settings.ANYMAIL = anymail_settings({})
    assert client.post(f"/hooks/{name}/", b"{}", content_type="application/json").status_code == 404


def of_sendgrid(number):
    return [{"event": "bounce", "type": "bounce", "email": "ben@example.org", "status": "5.1.1", "letter": number,
             "timestamp": 1773316800, "sg_event_id": "e1", "reason": "550 5.1.1 unknown"}]  # fmt: skip


def of_sparkpost(number):
    event = {"type": "bounce", "bounce_class": "10", "raw_rcpt_to": "ben@example.org", "timestamp": "1773316800",
             "event_id": "e1", "raw_reason": "550 5.1.1 unknown", "rcpt_meta": {"letter": number}}  # fmt: skip
    return [{"msys": {"message_event": event}}]


def of_brevo(number):
    return {"event": "hard_bounce", "email": "ben@example.org", "ts_epoch": 1773316800000, "message-id": "<m>",
            "reason": "550 5.1.1 unknown", "X-Mailin-custom": json.dumps({"letter": number})}  # fmt: skip


def of_mailjet(number):
    return [{"event": "bounce", "email": "ben@example.org", "time": 1773316800, "MessageID": 7, "hard_bounce": True,
             "error": "user unknown", "error_related_to": "recipient",
             "Payload": json.dumps({"letter": number})}]  # fmt: skip


def of_postmark(number):
    return {"RecordType": "Bounce", "Type": "HardBounce", "Email": "ben@example.org", "ID": 4,
            "BouncedAt": "2026-03-12T11:59:00Z", "Details": "550 5.1.1 unknown",
            "Metadata": {"letter": number}}  # fmt: skip


def of_mailtrap(number):
    return {"events": [{"event": "bounce", "email": "ben@example.org", "timestamp": 1773316800, "event_id": "e1",
                        "message_id": "m", "response": "550 5.1.1 unknown",
                        "custom_variables": {"letter": number}}]}  # fmt: skip


BY_SECRET = {
    "sendgrid": of_sendgrid,
    "sparkpost": of_sparkpost,
    "brevo": of_brevo,
    "mailjet": of_mailjet,
    "postmark": of_postmark,
    "mailtrap": of_mailtrap,
}


@pytest.mark.parametrize("name", sorted(BY_SECRET))
def test_a_hard_bounce_in_each_providers_own_words(client, settings, now, letter, name):
    settings.ANYMAIL = anymail_settings({"WEBHOOK_SECRET": f"other:one,{SECRET}"})

    def post(headers):
        data = BY_SECRET[name](str(letter.pk))
        return client.post(f"/hooks/{name}/", json.dumps(data), content_type="application/json", headers=headers)

    assert post({}).status_code == 401
    for _ in range(2):
        assert post(BASIC).status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.letter, delivery.state, delivery.provider) == (letter, State.BOUNCED, name)
    assert list(Suppression.objects.values_list("address", "reason")) == [("ben@example.org", "bounced")]
    assert ProviderReport.objects.count() == 1


def test_sendgrids_signature_is_over_the_raw_body_and_its_time(client, settings, now, letter):
    key = ec.generate_private_key(ec.SECP256R1())
    raw = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    settings.ANYMAIL = anymail_settings({"SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": base64.b64encode(raw).decode()})
    body = json.dumps(of_sendgrid(str(letter.pk))).encode()

    def post(at, sent=body):
        seal = base64.b64encode(key.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        headers = {
            "x-twilio-email-event-webhook-signature": seal,
            "x-twilio-email-event-webhook-timestamp": at,
        }
        return client.post("/hooks/sendgrid/", sent, content_type="application/json", headers=headers).status_code

    fresh = str(int(now.timestamp()))
    assert post(fresh, body + b" ") == 401
    assert post(str(int(now.timestamp()) - 301)) == 401
    assert rows() == [[], [], []]
    assert post(fresh) == 200
    assert Delivery.objects.get().state == State.BOUNCED


def test_mandrills_signature(client, settings, now, letter):
    settings.ANYMAIL = anymail_settings({"MANDRILL_WEBHOOK_KEY": "signing"})
    event = {"event": "hard_bounce", "ts": 1773316800, "_id": "m1",
             "msg": {"email": "ben@example.org", "metadata": {"letter": str(letter.pk)},
                     "bounce_description": "bad_mailbox", "diag": "550 5.1.1 unknown"}}  # fmt: skip
    said = json.dumps([event])
    signed = f"http://testserver/hooks/mandrill/mandrill_events{said}"
    seal = base64.b64encode(hmac.new(b"signing", signed.encode(), hashlib.sha1).digest()).decode()

    def post(seal):
        return client.post(
            "/hooks/mandrill/", {"mandrill_events": said}, headers={"x-mandrill-signature": seal}
        ).status_code

    assert post("x" + seal) == 401
    assert rows() == [[], [], []]
    assert post(seal) == 200
    assert Delivery.objects.get().state == State.BOUNCED
