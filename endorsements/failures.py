"""Pages for what went wrong: each says what happened and what to do now."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader

from journal.context import federation


def csrf_failure(request, reason=""):
    """A form that was open too long, or was sent from elsewhere: nothing was changed."""
    return render(request, "failures/form_expired.html", status=403)


def bad_request(request, exception):
    """A request that can't be understood."""
    return render(request, "400.html", status=400)


def server_error(request):
    """Our own mistake: a page that asks nothing of the database and next to nothing of the rest."""
    return HttpResponse(loader.render_to_string("500.html", federation(request)), status=500)
