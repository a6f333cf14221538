"""Staff are signed out after half an hour without a sign of life, and half a day after they signed in.

Leaders' sessions stay as long as their cookie. By the machine's own clock: this is about a chair somebody left.
"""

from time import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext

BEGAN, SEEN = "staff_began", "staff_seen"
# A sign of life is written down once in so many seconds at most.
NOTED_EVERY = 60
# Where it is one: reading a public page, or somebody's private link, writes nothing.
AT_WORK = ("/desk/", "/lead/", "/accounts/")


def middleware(get_response):
    """Sign out who was away too long, and lead her back to her page once she has signed in again."""

    def ask(request):
        why = over(request) if request.user.is_authenticated and request.user.is_staff else ""
        if not why:
            return get_response(request)
        logout(request)
        if request.path == reverse("admin:stay"):
            return HttpResponse(status=403)
        messages.info(request, why)
        back = request.get_full_path() if request.method == "GET" else request.path
        return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}")

    return ask


def over(request) -> str:
    """Why the session ends here, in a sentence; "" where it goes on, which is noted."""
    now, session = int(time()), request.session
    at_work = request.path.startswith(AT_WORK)
    seen = session.get(SEEN)
    if seen is None:
        if at_work:
            session[BEGAN] = session[SEEN] = now
        return ""
    if now - seen >= settings.STAFF_IDLE_MINUTES * 60:
        return ngettext(
            "Nothing was done here for %(n)d minute, so you were signed out. Sign in, and you are back on your page.",
            "Nothing was done here for %(n)d minutes, so you were signed out. Sign in, and you are back on your page.",
            settings.STAFF_IDLE_MINUTES,
        ) % {"n": settings.STAFF_IDLE_MINUTES}
    if now - session[BEGAN] >= settings.STAFF_SESSION_HOURS * 3600:
        return ngettext(
            "You signed in %(n)d hour ago. Sign in again, and you are back on your page.",
            "You signed in %(n)d hours ago. Sign in again, and you are back on your page.",
            settings.STAFF_SESSION_HOURS,
        ) % {"n": settings.STAFF_SESSION_HOURS}
    if at_work and now - seen >= NOTED_EVERY:
        session[SEEN] = now
    return ""


def stay(request):
    """A sign of life from a page on which somebody writes; the middleware has noted it."""
    return HttpResponse(status=204)
