"""Signing in by mailed code: only people who are already users may, and the code's letter is sent at once."""

import logging
import time
from smtplib import SMTPException
from urllib.parse import urlparse

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from anymail.exceptions import AnymailError
from django.conf import settings
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups import factors
from groups.models import User
from journal import clock
from mailings import letters, rendering
from mailings.models import Letter

CODE_LETTER = "groups.sign_in"
CODE_SENT = "account/messages/login_code_sent.txt"  # what allauth would say then
log = logging.getLogger(__name__)


def send_code(user, code, *, now) -> bool:
    """Send a sign-in code in the request, and keep a ledger row without the code. False when it can't be sent.

    The one letter that does not wait in line: a code that comes a minute late is no use.
    """
    letter = Letter(
        name=CODE_LETTER,
        topic=CODE_LETTER,
        seat=user.pk,
        wave=int(now.timestamp() * 1000),
        priority=0,
        not_before=now,
        state=Letter.State.SENT,
        attempts=1,
        settled_at=now,
    )
    minutes = app_settings.LOGIN_BY_CODE_TIMEOUT // 60
    draft = letters.Draft(
        to=user.email, language=user.language, name=user.name, context={"code": code, "minutes": minutes}
    )
    message = rendering.render(letters.find(CODE_LETTER), letter, draft, now=now)
    try:
        message.send()
    except (OSError, SMTPException, AnymailError) as error:
        log.warning("A sign-in code could not be sent: %s", type(error).__name__)
        letter.state, letter.reason = Letter.State.FAILED, type(error).__name__[:200]
    letter.message_id = message.extra_headers["Message-ID"][:200]
    letter.save(force_insert=True)
    return letter.state == Letter.State.SENT


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our doors: nobody signs herself up as a user, and strangers learn nothing."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This is not the code. Type it as it stands in our newest letter.")
    }

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """At the code's door our own words: strangers ask there too, so nothing is said to have been sent."""
        if getattr(request, "_login_stage", None) is None:
            if message_template == CODE_SENT:
                return  # the page itself says what was done
        elif message_template == CODE_SENT:
            message = _(
                "If this is the address of a leader or of staff, a new code is on its way. "
                "The one before no longer works."
            )
        elif message == self.error_messages["too_many_login_attempts"]:
            message = _("Those were too many wrong codes. Enter your e-mail again, and we send you a new one.")
        super().add_message(request, level, message_template, message_context, extra_tags, message)

    def is_open_for_signup(self, request):
        return False

    def generate_login_code(self):
        """A code. One that is asked for again works as long as the first, whoever asks."""
        stage = getattr(self.request, "_login_stage", None)
        if stage is not None:
            stage.state["at"] = time.time()  # allauth counts from here, by the process's own clock
        return super().generate_login_code()

    def send_mail(self, template_prefix, email, context):
        """Only the code goes out, and only to an address that is a user's; every other letter of allauth's is off."""
        if not template_prefix.endswith("login_code"):
            return
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is not None:
            send_code(user, context["code"], now=clock.now())

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """allauth tells here that a second factor came or went; we keep it in the journal."""
        factors.note(template_prefix, user, now=clock.now())

    def get_login_redirect_url(self, request):
        """Staff to the desk, by way of the second factor where it is forced; leaders to their page."""
        user = request.user
        if not user.is_staff:
            return "/lead/" if user.leaderships.exists() else settings.LOGOUT_REDIRECT_URL
        if not proven(user):
            return reverse("mfa_index")
        if settings.DESK_URL and request.get_host() != urlparse(settings.DESK_URL).netloc:
            # Said, and not led there: a form of this host may not lead to another (CSP form-action).
            messages.info(request, _("The desk has its own address: %(url)s/desk/") % {"url": settings.DESK_URL})
            return "/lead/" if user.leaderships.exists() else settings.LOGOUT_REDIRECT_URL
        return reverse("admin:index")

    def is_reauthentication_required(self, *, app, **rest):
        """Not within minutes of signing in: who has just proved herself sees her new recovery codes at once."""
        records = get_authentication_records(self.request, self.request.user)
        # allauth stamps them with the process's own clock.
        if any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records):
            return False
        return super().is_reauthentication_required(app=app, **rest)

    def get_reauthentication_methods(self, user):
        return factors.ways(super().get_reauthentication_methods(user))

    def reauthenticate(self, user, password):
        """Ask for the password again by the address of our own user, not of allauth's address book."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk


def proven(user) -> bool:
    """Whether the desk is open to a signed-in user: by her second factor, where one is asked for."""
    return not settings.SECOND_FACTOR_FORCED or is_mfa_enabled(user, factors.FACTORS)
