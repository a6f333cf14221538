"""Pages for what went wrong: each says what happened and what to do now."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader

from journal.context import federation

# The database is away, coming back, or in a deadlock it has ended: nothing was written, and a retry is right.
AWAY = (OperationalError, InterfaceError)
RETRY_AFTER = "15"  # seconds


def csrf_failure(request, reason=""):
    """A form that was open too long, or was sent from elsewhere: nothing was changed."""
    return render(request, "failures/form_expired.html", status=403)


def bad_request(request, exception):
    """A request that can't be understood."""
    return render(request, "400.html", status=400)


def server_error(request):
    """Our own mistake, or our database away: a page that asks nothing of it and next to nothing of the rest."""
    if isinstance(sys.exc_info()[1], AWAY):
        page = loader.render_to_string("503.html", federation(request))
        return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER})
    return HttpResponse(loader.render_to_string("500.html", federation(request)), status=500)
