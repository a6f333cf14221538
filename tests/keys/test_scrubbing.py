import logging
import sys

import pytest

from endorsements import settings
from keys import links, scrubbing

TOKEN = links.derive(b"k" * 32, "vote", 2**61 + 99)


def line_of(message, *arguments, exc_info=None, **extra):
    """The finished line that a handler with our filter writes."""
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, message, arguments, exc_info)
    vars(record).update(extra)
    assert scrubbing.ScrubLinks().filter(record) is True
    return logging.Formatter("%(levelname)s %(message)s").format(record), record


@pytest.mark.parametrize(
    "text",
    [
        f"GET /v/{TOKEN}",
        f"https://x.org/v/{TOKEN}?a=1",
        f"/v/{TOKEN[:-5]}",
        f"/v/{TOKEN.replace('.', '')}",
        f"({TOKEN})",
    ],
)
def test_no_token_is_left_in_a_line(text):
    line, _record = line_of("Not Found: %s", text)

    assert TOKEN[12:32] not in line
    assert "[link]" in line


def test_no_token_is_left_in_a_traceback_nor_the_request():
    try:
        raise ValueError(f"no such path /v/{TOKEN}")
    except ValueError:
        line, record = line_of("failed", exc_info=sys.exc_info(), request=object())

    assert "ValueError: no such path /v/[link]" in line
    assert TOKEN not in line
    assert not hasattr(record, "request")


def test_ordinary_words_stay():
    said = "endorsements.management.commands.run_loop took 12.5 seconds for 0123456789abcdef0123456789abcdef01234567"

    assert scrubbing.scrub(said) == said


def test_every_handler_of_the_project_scrubs():
    assert {name: handler["filters"] for name, handler in settings.LOGGING["handlers"].items()} == {"stderr": ["scrub"]}
