"""Forms as a person sends them."""

from datetime import timedelta

from groups.forms import opened_mark
from journal import clock


def guarded(email, **rest):
    """A form with an address, opened a minute ago, and with the box that people do not see left alone."""
    return {"email": email, "opened": opened_mark(clock.now() - timedelta(minutes=1)), "nickname": ""} | rest
