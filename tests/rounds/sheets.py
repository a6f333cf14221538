"""The sign-up form as a person sends it, and the pages as she reads them."""

import re

from django.test import Client

from groups import arrivals
from journal import clock
from tests.forms import guarded


class TickingClient(Client):
    """A browser on an installation whose clock ticks after each form: sign-ups are taken in."""

    def post(self, *args, **kwargs):
        answer = super().post(*args, **kwargs)
        arrivals.take_in(clock.now())
        return answer


def typed(**rest):
    """The sign-up form as a person sends it."""
    said = {"first_name": "Nia", "last_name": "New", "zip": "02142", "language": "en"}
    return guarded("new@example.org") | said | rest


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(page):
    """The hidden fields of a page, as the browser sends them back."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
