"""Whatever is sent to whatever address by whomever: a page for people, never a mistake of ours (trust.md F16, I12).

The addresses come from the URLconf and the forms from the pages, so that what is added later is walked as well.
"""

import random
import re
from datetime import timedelta
from html import escape
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import client

from endorsements import wsgi
from tests import world as worlds
from tests.crawl import Walker, addresses, forms_of, real_values

pytestmark = [pytest.mark.django_db, pytest.mark.long]

SEED = 20260309
ROLES = ["stranger", "leader", "staff"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# In place of an argument, percent-encoded as on the wire.
NONSENSE = [
    "0", "-1", "1.5", "9" * 19, "9" * 400, "%D9%A1%D9%A2", "nothing", "%00", "a%00b", "%FF%FE", "%ED%A0%80",
    "..%2F..%2Fetc", "%3Cscript%3E", "a" * 4000, "%20", "%0D%0AX-Evil:%201", "%F0%9F%92%A5", "'%22%3B--", "%25s",
]  # fmt: skip
# In place of a value in a query or a form.
VALUES = [
    "",
    "0",
    "-1",
    "9" * 30,
    "٣",
    "abc",
    "\0",
    "a\0b",
    "\r\nX-Evil: 1",
    "<script>",
    "'\";--",
    "💥" * 50,
    "%s",
    "\u202e",
    "a" * 3000,
]
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def part(name, value, more=b"", kind=b""):
    return b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + more + kind + b"\r\n\r\n" + value + b"\r\n"


BODIES = {
    "nothing": (b"", URLENCODED),
    "501 fields": (b"&".join(b"f%d=1" % n for n in range(501)), URLENCODED),
    "1,001 fields": (b"&".join(b"f%d=1" % n for n in range(1001)), URLENCODED),
    "one field a thousand times": (b"&".join([b"email=a"] * 499), URLENCODED),
    "10 MB": (b"email=" + b"a" * 10_000_000, URLENCODED),
    "10 MB in parts": (part(b"email", b"a" * 10_000_000) + b"--x--\r\n", MULTIPART),
    "NUL": (b"email=%00&name=a%00b&ticket=%00&go=%00&\0=\0", URLENCODED),
    "bad UTF-8": (b"email=%FF%FE&name=\xff\xfe&%FF=1&ticket=%ED%A0%80", URLENCODED),
    "JSON": (b'{"email": "\\ud800"}', "application/json"),
    "XML": (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "text/xml"),
    "no kind": (b"email=a", ""),
    "an odd kind": (b"email=a", "text/\xff; charset=\xff"),
    "another charset": (b"email=a", f"{URLENCODED}; charset=utf-16"),
    "a charset of no text": (part(b"email", b"aa") + b"--x--\r\n", f"{MULTIPART}; charset=rot13"),
    "a charset that is none": (part(b"email", b"aa") + b"--x--\r\n", f"{MULTIPART}; charset=no-such"),
    "a charset of bytes": (part(b"email", b"aa") + b"--x--\r\n", f"{MULTIPART}; charset=hex"),
    "lone surrogates": (
        b"".join(
            part(name, b"\\ud800@example.org") for name in (b"email", b"name", b"first_name", b"zip", b"reason", b"q")
        )
        + b"--x--\r\n",
        f"{MULTIPART}; charset=unicode_escape",
    ),
    "a name in a charset of no text": (part(b"email", b"a", b"; filename*=rot13''%41%42") + b"--x--\r\n", MULTIPART),
    "surrogates in a name": (
        b"--x\r\nContent-Disposition: form-data; name*=unicode_escape''%5Cud800\r\n\r\na\r\n--x--\r\n",
        MULTIPART,
    ),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "a long boundary": (b"--x\r\n", "multipart/form-data; boundary=" + "x" * 300),
    "cut off": (part(b"email", b"a")[:-9], MULTIPART),
    "a file for a text": (part(b"email", b"a", b'; filename="a\0.exe"') + b"--x--\r\n", MULTIPART),
    "bad base64": (part(b"email", b"%%%", b"", b"\r\nContent-Transfer-Encoding: base64") + b"--x--\r\n", MULTIPART),
    "gzip": (b"\x1f\x8b\x08\x00junk", "application/gzip"),
}
TOO_MUCH = {"501 fields", "1,001 fields", "10 MB", "10 MB in parts"}
# Confirming is one press: the page does not look into what was sent with it.
READ_NOTHING = {"rounds:confirm"}
HEADERS = [
    {"HTTP_COOKIE": "sessionid=\xff\x00; csrftoken=" + "a" * 3000 + "; messages=\\x00; django_language=../../x"},
    {"HTTP_ACCEPT_LANGUAGE": "xx-" * 600 + ",es;q=9,*;q=nan"},
    {"HTTP_REFERER": "https://[::bad", "HTTP_ORIGIN": "https://[::bad"},
    {"HTTP_X_FORWARDED_FOR": "<script>,\xff, 999.999.1.1, ::::"},
    {"HTTP_SEC_FETCH_SITE": "\xff", "HTTP_ACCEPT": "\xff/*"},
    {"HTTP_RANGE": "bytes=-9-9", "HTTP_IF_MODIFIED_SINCE": "yesterday", "HTTP_IF_NONE_MATCH": '"\xff'},
    {"CONTENT_TYPE": "text/html; charset=rot13", "QUERY_STRING": "q=a&email=b&ä=%F6"},
    {"CONTENT_TYPE": "text/html; charset*=rot13''%41"},
    {"CONTENT_LENGTH": "many"},
]


@pytest.fixture(autouse=True)
def requests_of_the_real_door(monkeypatch):
    """The test client makes Django's own kind of request; the site makes its own."""
    monkeypatch.setattr(client, "WSGIRequest", wsgi.application.request_class)


@pytest.fixture
def world(set_clock, group, ada, dee):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    world.mailbox = world.letter_in_the_mailbox()
    return world


@pytest.fixture(params=ROLES)
def walker(request, world):
    return Walker({"stranger": None, "leader": world.ada, "staff": world.dee}[request.param])


def every_path(world):
    """(address, path) of everything there is, with all the real values known."""
    for address in addresses():
        for values in real_values(address, world):
            yield address, address.filled(values)


@pytest.fixture
def some(walker, world):
    """some(address, these): a few of them, more where this person is at home; others on each database."""
    chance = random.Random(f"{SEED} {connection.vendor}")

    def chosen(address, these):
        here = "desk" if address.room == "desk" else "lead" if address.room == "lead" else "public"
        home = {None: "public", world.ada: "lead", world.dee: "desk"}[walker.user]
        few = 3 if here == home != "desk" else 1
        return chance.sample(list(these), min(few, len(these)))

    return chosen


def test_every_method_at_every_address(world, walker, some):
    answered = set()
    for address, path in every_path(world):
        for method in {"GET", "POST", *some(address, METHODS)}:
            answered.add((method, walker.ask(method, path).status_code))
    assert walker.mistakes == []
    assert {("GET", 200), ("OPTIONS", 405), ("PUT", 405), ("HEAD", 200)} <= answered


def test_nonsense_in_place_of_arguments(world, walker, some):
    for address in addresses():
        if not address.parameters:
            continue
        for values in real_values(address, world)[:1]:
            for name in address.parameters:
                for nonsense in some(address, NONSENSE):
                    # Put in after quoting: what stands there is on the wire as it is here.
                    path = address.filled(values | {name: "NONSENSE"}).replace("NONSENSE", nonsense)
                    for method in ("GET", "POST"):
                        answer = walker.ask(method, path)
                        assert "X-Evil" not in answer
    assert walker.mistakes == []


def test_nonsense_in_queries(world, walker, some):
    """The names of parameters are those that the page's own links and search forms have."""
    chance = random.Random(SEED)
    for address, path in every_path(world):
        page = walker.ask("GET", path)
        if page.status_code != 200 or page.streaming:
            continue
        names = {
            "q",
            "page",
            "next",
            "lang",
            "as",
            "zip",
            "state",
            "group",
            "o",
            "p",
            "e",
            "_popup",
            "_to_field",
            "all",
        }
        text = page.content.decode(errors="replace")
        names |= set(re.findall(r"[?&;]([a-z_]+)=", text))
        names |= {name for form in forms_of(page) if form.method == "GET" for name, _kind, _value in form.fields}
        for value in some(address, VALUES):
            for sent in (dict.fromkeys(sorted(names), value), {chance.choice(sorted(names)): value}):
                walker.ask("GET", f"{path}?{urlencode(sent)}")
        walker.ask("GET", f"{path}?%FF=%FE&q=%ED%A0%80&page=%00&zip=%FF&&&=&" + "a=1&" * 1200)
    assert walker.mistakes == []


@pytest.mark.once
def test_bad_bodies(world, walker, some):
    for address, path in every_path(world):
        page = walker.ask("GET", path)
        reads = any(one.method == "POST" and one.action in ("", path) for one in forms_of(page))
        reads = reads and address.name not in READ_NOTHING
        for name, (body, kind) in some(address, BODIES.items()):
            status = walker.ask("POST", path, body, kind).status_code
            if name in TOO_MUCH and reads:
                assert (path, name, status // 100) == (path, name, 4)
    assert walker.mistakes == []


@pytest.mark.once
def test_bad_headers(world, walker, some):
    for address, path in every_path(world):
        for headers in some(address, HEADERS):
            walker.ask("GET", path, **headers)
    assert walker.mistakes == []


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/sign-up/?group=%41", b"", "text/html; charset=rot13"),
        ("/sign-up/?group=%41", b"", "text/html; charset*=rot13''%41"),
        ("/sign-up/", *BODIES["a charset of no text"]),
        ("/rounds/winter/find-my-line/", part(b"code", b"\\ud800") + b"--x--", f"{MULTIPART}; charset=unicode_escape"),
    ],
)
def test_another_charset_than_ours_is_refused_with_a_page(world, path, body, kind):
    walker = Walker()
    answer = walker.ask("POST" if body else "GET", path, body, kind, CONTENT_TYPE=kind)
    assert (answer.status_code, walker.mistakes) == (400, [])
    assert "We could not read this request" in answer.content.decode()


@pytest.mark.parametrize("length", ["many", "-1", "1.5", "²"])
def test_a_length_that_is_no_number_is_refused_with_a_page(world, length):
    walker = Walker()
    answer = walker.ask("POST", "/sign-up/", b"email=ben", URLENCODED, CONTENT_LENGTH=length)
    assert (answer.status_code, walker.mistakes) == (400, [])
    assert "We could not read this request" in answer.content.decode()


def test_our_own_charset_may_be_named(world):
    answer = Walker().ask("POST", "/my-link/", b"email=%C3%A9@example", f"{URLENCODED}; charset=UTF-8")
    assert (answer.status_code, "é@example" in answer.content.decode()) == (422, True)


def test_what_once_broke_a_page(world):
    walker = Walker(world.dee)
    assert walker.ask("POST", f"/q/{world.tokens()['q/']}/topics/1/").status_code == 302
    assert walker.ask("GET", f"/desk/rounds/round/{world.voting.pk}/change/?_to_field=").status_code == 302
    assert walker.ask("GET", "/desk/rounds/round/?stage__exact=%00").status_code == 302
    assert walker.ask("POST", "/nominate/").status_code == 405
    for name in ("a name in a charset of no text", "surrogates in a name"):
        assert walker.ask("POST", "/sign-up/", *BODIES[name]).status_code == 422
    assert walker.mistakes == []


# Forms

TYPED = {
    "script": '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "break": "Ann\r\nBcc: all@evil.example",
    "template": "{{ 7|add:'7' }}{% debug %}${7*7}#{7*7}",
    "formula": '=HYPERLINK("https://evil.example")',
    "NUL": "Ann\0Bo",
    "long": "x" * 30_000,
    "number": "9" * 25,
    "minus": "-1",
    "digits": "٣٤٥",
    "rtl": "\u202egro.elpmaxe@nna\u2066",
    "emoji": "👩‍👩‍👧‍👦" * 20,
    "empty": "",
}
# What a browser shows as a box to type in; the rest is chosen, and comes back as it was.
BOXES = {"text", "email", "textarea", "search", "url", "tel", "number"}
# A box that must come back empty, or is never shown again with what was typed.
FORGOTTEN = {"nickname", "code", "q"}


def test_hostile_text_in_every_field_of_every_form(world, walker, some):
    chance, seen = random.Random(SEED), set()
    for address, path in every_path(world):
        for form in forms_of(walker.ask("GET", path)):
            shape = (address.name, form.action, *(name for name, _kind, _value in form.fields))
            if shape in seen or not {kind for _name, kind, _value in form.fields} & BOXES:
                continue
            seen.add(shape)
            for typed in some(address, TYPED.values()):
                for everywhere in (False, True):
                    answer = send(walker, form, path, typed, everywhere=everywhere, chance=chance)
                    check_answer(answer, form, typed, path, everywhere=everywhere)
    assert walker.mistakes == []
    assert len(seen) >= 5


def send(walker, form, path, typed, *, everywhere, chance):
    """Send a form with the typed text in its boxes; everywhere: in its hidden and chosen fields too."""
    values = {}
    for name, kind, value in form.fields:
        fill = kind in BOXES or (everywhere and name != "csrfmiddlewaretoken" and chance.random() < 0.5)
        if kind not in ("button", "submit", "file") and not (kind == "radio" and name in values):
            values[name] = typed if fill else value
    action = form.action or path
    if form.method == "GET":
        return walker.ask("GET", f"{action}?{urlencode(values)}")
    if form.encoding:
        return walker.ask("POST", action, values, "multipart/form-data")
    return walker.ask("POST", action, urlencode(values).encode())


def check_answer(answer, form, typed, path, *, everywhere):
    """Nothing of the text is alive in the page or its headers, and what was typed stands in its boxes again."""
    where = answer.get("Location", "")
    if form.method == "GET" and where.startswith(f"{path.partition('?')[0]}?"):
        where = ""  # the address of the same page holds what was searched for
    assert "Bcc" not in answer and "evil" not in where
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return
    text = answer.content.decode()
    assert "<script>alert" not in text and "<img src=x" not in text, path
    if everywhere or answer.status_code not in (200, 400, 409, 422) or "\0" in typed or not typed:
        return
    again = [
        one for one in forms_of(answer) if (one.action or path) == (form.action or path) and one.method == form.method
    ]
    for name, kind, _value in form.fields:
        if kind in BOXES and name not in FORGOTTEN and "__prefix__" not in name:
            kept = [value for one in again for value in one.values(name)]
            if kept:
                assert (path, name, typed.replace("\r\n", "\n").strip()) in [
                    (path, name, value.replace("\r\n", "\n").strip()) for value in kept
                ], answer.status_code


def test_the_measure_sees_a_page_that_fails_and_text_that_is_alive(world, settings):
    """These tests can fail: a view with a mistake, and a page that does not escape."""
    settings.ROOT_URLCONF = "tests.broken_urls"
    walker = Walker()
    assert walker.ask("GET", "/broken/").status_code == 500
    assert len(walker.mistakes) == 2
    assert "ZeroDivisionError: " in walker.mistakes[1]
    alive = walker.ask("GET", "/alive/?" + urlencode({"q": TYPED["script"]}))
    with pytest.raises(AssertionError):
        check_answer(alive, forms_of(alive)[0], TYPED["script"], "/alive/", everywhere=False)
    assert escape("<") not in alive.content.decode()
