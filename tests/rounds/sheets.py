"""The sign-up form as a person sends it, and the pages as she reads them."""

import re
from datetime import timedelta

from groups.forms import opened_mark
from journal import clock


def typed(**rest):
    """A form as a person sends it: opened a minute ago."""
    return {
        "email": "new@example.org",
        "first_name": "Nia",
        "last_name": "New",
        "zip": "02142",
        "language": "en",
        "opened": opened_mark(clock.now() - timedelta(minutes=1)),
        "nickname": "",
    } | rest


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(page):
    """The hidden fields of a page, as the browser sends them back."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
