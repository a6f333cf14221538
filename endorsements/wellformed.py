"""Requests that say what they are, or none at all: text in UTF-8, and a length that is a number.

A sender may name any charset, and Python knows some that are no text's: without this, "charset=rot13" breaks every page
that reads a form, and others bring characters that no database keeps. A length in letters breaks the same pages.
"""

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

UTF8 = {"utf-8", "utf8", "us-ascii", "ascii"}
NO_CHARSET = {"charset": "none that we know"}


class Request(WSGIRequest):
    """A request whose content type may be anything: Django would break before any middleware hears of it."""

    def _set_content_type_params(self, meta):
        try:
            super()._set_content_type_params(meta)
        except (LookupError, ValueError):
            self.content_type, self.content_params, self._encoding = "", NO_CHARSET, None


def wsgi_application():
    """Django's WSGI application, taking such requests. Static files must stand by now: they are listed once."""
    application = get_wsgi_application()
    application.request_class = Request
    return application


def wellformed_only(get_response):
    """Middleware: 400 for a request in another charset, or of a length that is no number."""

    def middleware(request):
        if request.content_params.get("charset", "utf-8").strip().lower() not in UTF8:
            raise BadRequest("another charset than UTF-8")
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            raise BadRequest("a length that is no number")
        return get_response(request)

    return middleware
