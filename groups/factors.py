"""The second factors of staff: a passkey or an app, which address a passkey belongs to, and the last one stays."""

import ipaddress
from functools import wraps
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_encode

from groups.models import User
from journal import book
from keys import origin

# Recovery codes are no factor: they stand in for one.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What allauth says happened as it happens, by the name of the letter it would send, and how the journal says it.
EVENTS = {
    "mfa/email/totp_deactivated": ("user.factor_removed", "app"),
    "mfa/email/webauthn_added": ("user.factor_added", "passkey"),
    "mfa/email/webauthn_removed": ("user.factor_removed", "passkey"),
}
# What we call the ways to prove oneself again.
WAYS = {
    "mfa_reauthenticate:webauthn": _("Use your passkey"),
    "mfa_reauthenticate": _("Enter a code"),
    "reauthenticate": _("Enter your password"),
}


class FactorAdapter(DefaultMFAAdapter):
    """allauth's second factors by our rules."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _(
            "This is your only second step, and staff need one. Set up another one first, then come back."
        )
    }

    def can_delete_authenticator(self, authenticator):
        """Not the last one of somebody who has to have one."""
        if not (settings.SECOND_FACTOR_FORCED and authenticator.user.is_staff):
            return True
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS)
        return others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user, type):
        """The name that the form proposes: the next number of her passkeys."""
        had = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Passkey %(number)d") % {"number": had + 1}

    def get_public_key_credential_rp_entity(self):
        """From the settings, never from the request: a passkey belongs to the host where staff work."""
        return {"id": host(), "name": settings.FEDERATION_NAME}


def host() -> str:
    """The host to which passkeys belong. No browser takes a number for one, so the machine itself is "localhost"."""
    name = urlsplit(origin.desk_url()).hostname
    try:
        return "localhost" if ipaddress.ip_address(name).is_loopback else name
    except ValueError:
        return name


def address() -> str:
    """The one address at which passkeys are made and used."""
    return origin.desk_url().replace(urlsplit(origin.desk_url()).hostname, host(), 1)


def elsewhere(request) -> str:
    """The address at which passkeys work, where it is not the one that was asked; "" at the right one."""
    return "" if request.get_host().lower() == urlsplit(address()).netloc.lower() else address()


def asked_by_us(response) -> bool:
    """Whether a page at our address had this from a browser. The library believes any port, and hosts below ours."""
    return origin.origin_of(response.response.client_data.origin) == origin.origin_of(address())


def kept(response) -> dict:
    """What is stored of a new passkey: its own parts, written anew, and nothing else that was sent along."""
    return {
        "id": websafe_encode(response.raw_id),
        "rawId": websafe_encode(response.raw_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(response.response.client_data),
            "attestationObject": websafe_encode(response.response.attestation_object),
        },
        "clientExtensionResults": {},
    }


def note(template, user, *, now):
    """Write into the journal that a factor was set up or removed; what else allauth has to tell is left out."""
    if template in EVENTS:
        verb, kind = EVENTS[template]
        book.record(verb, user, by=user, now=now, after={"kind": kind})


def note_added(user, kind, *, now):
    """The same of what allauth would tell after its transaction only, when an entry could be lost."""
    book.record("user.factor_added", user, by=user, now=now, after={"kind": kind})


def ways(methods) -> list[dict]:
    """allauth's ways to prove oneself again in our words, the passkey first: it takes one touch."""
    named = [method | {"description": WAYS[method["id"]]} for method in methods]
    return sorted(named, key=lambda method: list(WAYS).index(method["id"]))


def one_at_a_time(view):
    """Let one person's changes wait for each other, each whole with its line in the journal.

    Of her last two factors only one can go.
    """

    @wraps(view)
    def asked(request, *args, **kwargs):
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=request.user.pk)
            return view(request, *args, **kwargs)

    return asked


def reset(user, *, by, now, reason) -> int:
    """Take away all that she has, recovery codes too, and say how many: she has lost them.

    She is signed out everywhere, so that nobody sets up new ones on a device that was stolen.
    """
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().filter(user=user)
        kinds = sorted(held.values_list("type", flat=True))
        if kinds:
            held.delete()
            book.record("user.factors_reset", user, by=by, now=now, reason=reason, before={"kinds": kinds})
        sign_out(user)
        return len(kinds)


def sign_out(user):
    """End each of her sessions. Whose one is stands inside it, so all are read."""
    open_ones = Session.objects.all().iterator(chunk_size=2000)
    hers = [one.pk for one in open_ones if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=hers).delete()
