"""Fetching people from a service that speaks OSDI: a real server on the loopback, its pages, moods and refusals."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from groups.importing import pulling
from groups.models import ImportBatch, Member
from groups.refusals import Refusal
from mailings.models import Suppression

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("america")]
KEY = "a-key"
PER_PAGE = 3


class Service:
    """People in pages of three, as Action Network gives them. failures: {page: [statuses to answer first]}."""

    def __init__(self, people):
        self.people, self.failures, self.asked, self.links = people, {}, [], "next"
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                service.answer(self)

            def log_message(self, *_said):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.base}/api/v2/people?filter=x"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        query = parse_qs(urlsplit(request.path).query)
        page = int(query.get("page", ["1"])[0])
        self.asked.append((page, query.get("filter"), request.headers.get("OSDI-API-Token")))
        status = self.failures.get(page, []).pop(0) if self.failures.get(page) else 200
        if request.headers.get("OSDI-API-Token") != KEY:
            status = 403
        content = json.dumps(self.page(page)).encode() if status == 200 else b"no"
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        if status == 302:
            request.send_header("Location", self.base + "/elsewhere")
        if status == 429:
            request.send_header("Retry-After", "7")
        request.end_headers()
        request.wfile.write(content)

    def page(self, page):
        last = -(-len(self.people) // PER_PAGE)
        some = self.people[(page - 1) * PER_PAGE : page * PER_PAGE]
        document = {"page": page, "total_pages": last, "per_page": PER_PAGE, "_embedded": {"osdi:people": some}}
        if self.links == "next":
            document.pop("total_pages")
            # Action Network links to one page more than there is.
            following = f"/api/v2/people?filter=x&page={page + 1}"
            document["_links"] = {"next": {"href": following}} if some else {}
        elif self.links != "none":
            document["_links"] = {"next": {"href": self.links}}
        return document


def person(n, status="subscribed"):
    return {
        "identifiers": [f"action_network:{n}"],
        "given_name": f"P{n}",
        "email_addresses": [{"primary": True, "address": f"p{n}@example.org", "status": status}],
        "postal_addresses": [{"primary": True, "postal_code": "02142", "region": "MA"}],
    }


@pytest.fixture
def service(settings, tmp_path):
    settings.VAR_DIR, settings.OSDI_API_KEY = tmp_path, KEY
    made = Service([person(n, "unsubscribed" if n == 4 else "subscribed") for n in range(8)])
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def waited(monkeypatch):
    """The pauses that were made, without making them."""
    pauses = []
    monkeypatch.setattr(pulling.Pull.__init__, "__kwdefaults__", {"wait": pauses.append})
    return pauses


def pull(service, *more):
    call_command("import_members", "--osdi", service.url, "--vouched-by", "Dee", *more)


@pytest.mark.parametrize("links", ["next", "none"])
def test_all_pages_are_taken_in_and_nothing_stays_behind(service, tmp_path, links):
    service.links = links
    pull(service)
    assert [page for page, _filter, _key in service.asked] == ([1, 2, 3, 4] if links == "next" else [1, 2, 3])
    assert {(tuple(asked), key) for _page, asked, key in service.asked} == {(("x",), KEY)}
    assert Member.objects.confirmed().count() == 8
    assert list(Suppression.objects.values_list("address", "reason")) == [("p4@example.org", "unsubscribed")]
    assert ImportBatch.objects.get().format == "osdi"
    assert not list((tmp_path / "pulls").iterdir())
    pull(service)
    assert ImportBatch.objects.first().counts["unchanged"] == 8


def test_a_broken_pull_goes_on_where_it_stopped(service, waited, capsys):
    service.failures[3] = [500] * pulling.TRIES
    with pytest.raises(CommandError, match="The service answers 500. Run it again to go on."):
        pull(service)
    assert not Member.objects.exists()
    service.asked.clear()
    pull(service)
    assert [page for page, *_rest in service.asked] == [3, 4]
    assert Member.objects.count() == 8
    assert "Going on after 2 pages with 6 people." in capsys.readouterr().err


def test_half_a_page_on_the_disk_is_written_again(service, waited, tmp_path):
    service.failures[2] = [500] * pulling.TRIES
    with pytest.raises(CommandError):
        pull(service)
    (spool,) = (tmp_path / "pulls").glob("*.pulled")
    assert spool.stat().st_mode & 0o77 == 0
    assert KEY not in spool.read_text() + next((tmp_path / "pulls").glob("*.json")).read_text()
    with spool.open("a") as file:
        file.write('{"email": "half')
    pull(service)
    assert Member.objects.count() == 8


def test_a_busy_service_is_waited_for_as_long_as_it_asks(service, waited):
    service.failures[1] = [429, 503]
    pull(service)
    assert waited == [7, 4]
    assert Member.objects.count() == 8


def test_afresh_forgets_what_was_fetched(service, waited):
    service.failures[2] = [500] * pulling.TRIES
    with pytest.raises(CommandError):
        pull(service)
    service.asked.clear()
    pull(service, "--afresh")
    assert service.asked[0][0] == 1


def test_a_dry_run_keeps_nothing_but_the_pages(service):
    pull(service, "--dry-run")
    assert not Member.objects.exists()
    asked = len(service.asked)
    pull(service)
    assert (len(service.asked), Member.objects.count()) == (asked, 8)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda service, settings: setattr(settings, "OSDI_API_KEY", "wrong"), "does not take the key"),
        (lambda service, settings: setattr(settings, "OSDI_API_KEY", ""), "set OSDI_API_KEY"),
        (lambda service, settings: service.failures.update({1: [302]}), "points elsewhere"),
        (lambda service, settings: service.failures.update({1: [404]}), "answers 404"),
        (lambda service, settings: setattr(service, "links", "https://evil.example/people"), "another service"),
        (lambda service, settings: setattr(service, "links", service.url), "names itself"),
        (lambda service, settings: setattr(service, "url", "file:///etc/passwd"), "no address of a service"),
        (lambda service, settings: setattr(service, "url", "http://example.org/people"), "Use https"),
    ],
)
def test_what_a_pull_refuses(service, settings, waited, change, sentence):
    change(service, settings)
    with pytest.raises(CommandError, match=sentence):
        pull(service)
    assert not Member.objects.exists()


def test_a_service_that_is_away(settings, tmp_path, waited):
    settings.VAR_DIR = tmp_path
    with pytest.raises(Refusal, match="The service does not answer"):
        pulling.Pull("http://127.0.0.1:9/people", key=KEY).run()
    assert waited == [2, 4, 8, 16]
