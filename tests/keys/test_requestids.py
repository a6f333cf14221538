import io
import json
import logging
import logging.config
import re
from copy import deepcopy

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from structlog.contextvars import clear_contextvars

from endorsements import settings
from keys import links, requestids

TOKEN = links.derive(b"k" * 32, "vote", 2**61 + 99)


@pytest.fixture
def written():
    """What the project's own handler and JSON formatter write."""
    clear_contextvars()
    # A copy: reading it takes the keys out.
    wired = logging.config.DictConfigurator(deepcopy(settings.LOGGING))
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(wired.configure_formatter(wired.config["formatters"]["json"]))
    handler.addFilter(wired.configure_filter(wired.config["filters"]["scrub"]))
    logger = logging.getLogger("tests.requestids")
    logger.propagate = False
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    clear_contextvars()


def asked(path="/", **headers):
    """A request through the middleware, which writes two lines on its way."""

    def page(request):
        logging.getLogger("tests.requestids").warning("first %s", request.path)
        logging.getLogger("tests.requestids").warning("second")
        return HttpResponse()

    return requestids.middleware(page)(RequestFactory().get(path, **headers))


def test_lines_of_one_request_share_its_number_and_the_next_has_another(written):
    asked()
    asked()

    one, again, two, too = [line["request"] for line in written()]
    assert (one, two) == (again, too)
    assert one != two
    assert re.fullmatch("[0-9a-f]{32}", one)


def test_a_line_holds_these_things_and_nothing_of_who_asked(written):
    asked(f"/v/{TOKEN}", headers={"X-Request-ID": "mine"}, REMOTE_ADDR="203.0.113.9")

    first, second = written()
    assert set(first) == {"event", "level", "logger", "timestamp", "request"}
    assert first["event"] == "first /v/[link]"
    assert set(second) == set(first)
    assert "mine" not in json.dumps([first, second])
    assert "203.0.113.9" not in json.dumps([first, second])


def test_a_line_outside_a_request_has_no_number(written):
    logging.getLogger("tests.requestids").warning("by the clock")

    assert [set(line) for line in written()] == [{"event", "level", "logger", "timestamp"}]


def test_a_token_in_the_calling_stack_is_struck_out(written):
    logger = logging.getLogger("tests.requestids")
    logger.handle(logger.makeRecord(logger.name, logging.ERROR, "f", 1, "x", (), None, sinfo=f"Stack: /v/{TOKEN}"))

    assert written()[0]["event"] == "x\nStack: /v/[link]"


def test_every_request_of_the_project_gets_one():
    assert settings.MIDDLEWARE[0] == "keys.requestids.middleware"
