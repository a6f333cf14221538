"""Reports of mail providers as they come in: whose they are, how old, and what they say, in our own words.

Anymail checks each provider's signature over the raw body and reads its format; its signals are not used.
"""

import hashlib
import json
import re
from datetime import UTC, datetime

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView

from mailings import suppression
from mailings.ledger import Report, State
from mailings.models import Suppression
from mailings.parcels import REFERENCE
from mailings.sending import without_persons

FRESH = 300  # seconds: an older report that was overheard is worth nothing
VIEWS = {
    "brevo": BrevoTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "mailtrap": MailtrapTrackingWebhookView,
    "mandrill": MandrillCombinedWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "sendgrid": SendGridTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}
# Where Anymail keeps the key of those that sign; the others prove themselves by WEBHOOK_SECRET alone.
SIGNED_BY = {
    "mailgun": "webhook_signing_key",
    "mailtrap": "signing_secret",
    "mandrill": "webhook_key",
    "sendgrid": "webhook_verification_key",
}
# Anymail's words for what happened, and for why it was not delivered.
STATES = {
    "deferred": State.DEFERRED,
    "delivered": State.DELIVERED,
    "failed": State.RETURNED,
    "bounced": State.RETURNED,
    "rejected": State.SUPPRESSED,
    "complained": State.COMPLAINED,
}
NO_ADDRESS, SPAM, UNCLEAR = {"invalid", "bounced"}, "spam", {None, "other"}
# RFC 3463: the address itself, or its mailbox, is at fault; all other 5.x.x may be about us or about today.
NO_SUCH_ADDRESS = re.compile(r"\b5\.1\.[0-36]\b|\b5\.2\.1\b")
NUMBER = re.compile(r"[0-9]{1,18}")


class NotSetUp(Exception):
    """Nobody gave us what this provider's reports are proven by."""


class Unproven(Exception):
    """Not from the provider, or too old to be believed."""


class Unreadable(Exception):
    """Proven, and yet not what this provider sends."""


def hear(name, request, *, now) -> list[Report]:
    """The reports in a request that we act on; NotSetUp, Unproven or Unreadable says why there are none."""
    view = set_up(name)
    try:
        view.run_validators(request)
        at = signed_at(name, request)
    except AnymailWebhookValidationFailure as failure:
        raise Unproven from failure
    # Anybody may send anything, and it is read before it is proven.
    except Exception as error:
        raise Unproven from error
    if at is not None and abs(now.timestamp() - at) > FRESH:
        raise Unproven("too old")
    try:
        events = view.parse_events(request)
    # Of a proven sender, and still from outside.
    except Exception as error:
        raise Unreadable from error
    # Mandrill reports letters that came in at the same address; these have no metadata.
    reports = [report_of(name, event, now) for event in events if hasattr(event, "metadata")]
    return [report for report in reports if report is not None]


def set_up(name):
    """Anymail's reader of a provider's reports, which has something to prove them by."""
    try:
        view = VIEWS[name]()
    # Anymail takes whatever stands in the settings for a key.
    except (AnymailConfigurationError, AttributeError, ValueError) as error:
        raise NotSetUp from error
    if not (view.basic_auth or getattr(view, SIGNED_BY.get(name, ""), None)):
        raise NotSetUp
    return view


def signed_at(name, request) -> float | None:
    """When a report was signed, where the signature says so."""
    if name == "sendgrid":
        said = request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp")
        return float(said) if said is not None else None
    if name == "mailgun":
        if request.content_type == "application/json":
            return float(json.loads(request.body)["signature"]["timestamp"])
        return float(request.POST["timestamp"])
    return None


def report_of(name, event, now) -> Report | None:
    """An event in our own words; None for opens, clicks and what else we never ask for, or for no letter of ours."""
    state = STATES.get(event.event_type)
    letter = str(event.metadata.get(REFERENCE, "")) if isinstance(event.metadata, dict) else ""
    if state is None or not NUMBER.fullmatch(letter):
        return None
    said = without_persons(event.mta_response or event.description or event.reject_reason or "")[:200]
    mark = ""
    if state == State.COMPLAINED or (state == State.SUPPRESSED and event.reject_reason == SPAM):
        mark = Suppression.Reason.COMPLAINED
    elif state in (State.RETURNED, State.SUPPRESSED) and is_hard(event, said):
        mark = Suppression.Reason.BOUNCED
        state = State.BOUNCED if state == State.RETURNED else state
    at = event.timestamp if isinstance(event.timestamp, datetime) and event.timestamp.tzinfo else None
    number = str(event.event_id or f"{letter} {event.event_type} {at}")
    return Report(
        provider=name,
        event=hashlib.sha256(number.encode("utf-8", "replace")).hexdigest(),
        letter=int(letter),
        state=state,
        at=min(at or now, now).astimezone(UTC),
        address=suppression.normalise(event.recipient)[:320] if isinstance(event.recipient, str) else "",
        reason=said,
        mark=mark,
    )


def is_hard(event, said) -> bool:
    """Whether it came back because there is no such address, and not for what we are or what day it is."""
    if event.reject_reason in NO_ADDRESS:
        return True
    return event.reject_reason in UNCLEAR and bool(NO_SUCH_ADDRESS.search(said))
