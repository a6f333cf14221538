"""The desk on a host of its own, where DESK_URL names one, so that a network can close it to everybody else."""

from urllib.parse import urlparse

from django.conf import settings
from django.http import Http404
from django.shortcuts import redirect

# What is served there beside the desk: signing in, what the desk's own pages link to or need, and the probes.
BESIDE = ("/desk/", "/accounts/", "/lead/", "/static/", "/media/", "/i18n/", "/healthz", "/readyz", "/metrics")


def middleware(get_response):
    """The desk is found at its own host alone; there, every public page leads to the site's."""

    def ask(request):
        if not settings.DESK_URL:
            return get_response(request)
        if request.get_host().lower() != urlparse(settings.DESK_URL).netloc:
            if request.path.startswith("/desk/"):
                raise Http404
            return get_response(request)
        if request.path == "/":
            return redirect("/desk/")
        if not request.path.startswith(BESIDE):
            if request.method not in ("GET", "HEAD"):
                raise Http404
            return redirect(settings.BASE_URL + request.get_full_path())
        return get_response(request)

    return ask
