"""The mail providers that Anymail knows: what each can take in one call, and how it is told not to track. Pure.

A provider merges when it fills our own text for each recipient without a template stored there. The others get
letters one by one: Amazon SES, Postmark, Resend, Mailtrap and MailerSend would want a stored template, or show
recipients to each other, or cannot say which letter an event is about.
"""

import re
from dataclasses import dataclass, field

from mailings import bodies

BACKEND = re.compile(r"anymail\.backends\.(\w+)\.EmailBackend")


@dataclass(frozen=True)
class Carrier:
    """A mail provider as a way out.

    name: Anymail's module, and the hook's address; in capitals its settings begin with it.
    batch: most recipients in one call; 1 goes one by one. mark: how its merge language writes the field {}.
    syntax: what that language would read in our text or in a value, which must then go alone.
    verbatim: it fills in exactly what it is given; elsewhere only values that HTML leaves alone are merged.
    own_headers, own_message_id: what each recipient may have of her own in a batch.
    metadata: it hands our reference back in its events. untracked: its own words for "no tracking".
    extra and alone: what it must be told besides, for a batch and for one letter. batch_header: the header by
    which it knows a batch it was given before.
    """

    name: str
    batch: int = 1
    mark: str = ""
    syntax: str = ""
    reader: bodies.Reader | None = None
    verbatim: bool = False
    own_headers: bool = False
    own_message_id: bool = False
    metadata: bool = True
    untracked: dict = field(default_factory=dict)
    extra: dict = field(default_factory=dict)
    alone: dict = field(default_factory=dict)
    batch_header: str = ""

    @property
    def merges(self) -> bool:
        return self.batch > 1

    def marked(self, name) -> str:
        """The placeholder of one field."""
        return self.mark.replace("{}", name)

    def reads(self, text) -> bool:
        """Whether its merge language would see something of its own in a text."""
        return bool(self.syntax) and re.search(self.syntax, text, re.IGNORECASE) is not None


BY_SMTP = 100
OFF = {"track_opens": False, "track_clicks": False}
BRACES = r"\{\{|\}\}|\{%|%\}"

CARRIERS = {
    carrier.name: carrier
    for carrier in (
        Carrier(
            "mailgun",
            batch=1000,
            mark="%recipient.{}%",
            syntax=r"%recipient|%unsubscribe|%tag_unsubscribe|%mailing_list",
            reader=bodies.mailgun,
            verbatim=True,
            own_headers=True,
            own_message_id=True,
            untracked={**OFF, "esp_extra": {"o:tracking": "no"}},
        ),
        Carrier(
            "sendgrid",
            batch=1000,
            mark="-{}-",
            syntax=r"-our_|<%|%>",
            reader=bodies.sendgrid,
            verbatim=True,
            own_headers=True,
            own_message_id=True,
            untracked={
                **OFF,
                "esp_extra": {
                    "tracking_settings": {
                        "subscription_tracking": {"enable": False},
                        "ganalytics": {"enable": False},
                    }
                },
            },
            extra={"merge_field_format": "-{}-"},
        ),
        Carrier(
            "mandrill",
            batch=1000,
            mark="*|{}|*",
            syntax=r"\*\||\|\*",
            reader=bodies.mandrill,
            verbatim=True,
            untracked=OFF,
            extra={"message": {"merge_language": "mailchimp"}},
        ),
        Carrier(
            "sparkpost",
            batch=1000,
            mark="{{{{}}}}",
            syntax=BRACES,
            reader=bodies.sparkpost,
            verbatim=True,
            own_headers=True,
            # Without "transactional" it would add an unsubscribe header of its own to a ballot letter.
            untracked={**OFF, "esp_extra": {"options": {"transactional": True}}},
            # It would read a single letter's text as a template too.
            alone={"options": {"perform_substitutions": False}},
        ),
        Carrier(
            "mailjet",
            batch=50,
            mark="{{var:{}}}",
            syntax=BRACES,
            reader=bodies.mailjet,
            untracked=OFF,
            extra={"Globals": {"TemplateLanguage": True}},
        ),
        Carrier(
            "brevo",
            batch=1000,
            mark="{{params.{}}}",
            syntax=BRACES,
            reader=bodies.brevo,
            batch_header="idempotencyKey",
        ),
        Carrier("postmark", untracked=OFF),
        Carrier("unisender_go", untracked=OFF),
        Carrier("mailersend", metadata=False, untracked=OFF),
        Carrier("resend"),
        Carrier("mailtrap"),
        Carrier("amazon_ses"),
        Carrier("scaleway", metadata=False),
        Carrier("postal", metadata=False),
    )
}


def behind(backend) -> Carrier | None:
    """The provider behind an EMAIL_BACKEND; None for SMTP, the outbox and whatever else is none."""
    found = BACKEND.fullmatch(backend)
    return CARRIERS.get(found[1]) if found else None


def batch_of(backend) -> int:
    """How many letters a sender takes in hand at once where many may go in one call: never less than by SMTP."""
    carrier = behind(backend)
    return max(carrier.batch, BY_SMTP) if carrier else BY_SMTP


def anymail_settings(environ) -> dict:
    """Anymail's settings from the environment's own names, with tracking off for every provider."""
    prefixes = tuple(f"{name.upper()}_" for name in CARRIERS)
    chosen = {key: value for key, value in environ.items() if key.startswith(prefixes)}
    if secrets := [one.strip() for one in environ.get("WEBHOOK_SECRET", "").split(",") if one.strip()]:
        chosen["WEBHOOK_SECRET"] = secrets
    untracked = {f"{one.name.upper()}_SEND_DEFAULTS": one.untracked for one in CARRIERS.values() if one.untracked}
    return chosen | untracked
