"""allauth's pages of the door, where they leave something unsaid."""

from allauth.account import views
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _


def confirm_code(request):
    """The code's page. Whoever comes too late with a code is sent back to the door, and told why."""
    answer = views.confirm_login_code(request)
    back = getattr(answer, "url", "") in (reverse("account_login"), reverse("account_request_login_code"))
    # After too many wrong codes allauth has said so itself.
    if back and request.method == "POST" and not messages.get_messages(request).added_new:
        messages.warning(
            request, _("That code does not work any more. Enter your e-mail again, and we send you a new one.")
        )
    return answer
