"""Requests come in UTF-8 or not at all: a sender may name any charset, and Python knows some that are no text's.

Without this, "charset=rot13" breaks every page that reads a form, and others bring characters that no database keeps.
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


def utf8_only(get_response):
    """Middleware: 400 for a request in another charset."""

    def middleware(request):
        if request.content_params.get("charset", "utf-8").strip().lower() not in UTF8:
            raise BadRequest("another charset than UTF-8")
        return get_response(request)

    return middleware
