"""A number for each request: lines of the log that belong together say so, and say no more than that."""

from uuid import uuid4

from structlog.contextvars import bind_contextvars


def middleware(get_response):
    """Give each request a number of our own; one that comes from outside could carry anything, and is not taken."""

    def ask(request):
        # It stays until this thread's next request: Django writes its line about a 404 when we have long returned.
        bind_contextvars(request=uuid4().hex)
        return get_response(request)

    return ask
