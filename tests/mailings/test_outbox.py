"""The embedded default's mailbox: the backend's files and the pages that show them."""

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import reverse

from mailings import outbox, postroom

LIST = "/outbox/"


@pytest.fixture
def letter(settings):
    """Put a message into the outbox: letter(to, subject, text, html) -> its key."""
    settings.EMAIL_BACKEND = "mailings.outbox.OutboxBackend"

    def put(to="ben@example.org", subject="Hello", text="Text", html="", **headers):
        message = EmailMultiAlternatives(subject, text, to=[to], headers=headers)
        if html:
            message.attach_alternative(html, "text/html")
        assert get_connection().send_messages([message]) == 1
        return outbox.keys()[0]

    return put


def test_a_letter_becomes_a_whole_file(letter, settings):
    key = letter("Bën <ben@example.org>", "Sübject", "Text", "<p>HTML</p>", Date="Thu, 12 Mar 2026 12:00:00 +0000")
    assert [path.name for path in settings.OUTBOX_DIR.iterdir()] == [f"{key}.eml"]
    found = outbox.envelope(key)
    assert (found.to, found.subject, found.at.isoformat()) == (
        "Bën <ben@example.org>",
        "Sübject",
        "2026-03-12T12:00:00+00:00",
    )
    assert outbox.parts(key) == ("Text\n", "<p>HTML</p>\n") or outbox.parts(key) == ("Text", "<p>HTML</p>")


def test_the_newest_comes_first(letter):
    first, second = letter(subject="First"), letter(subject="Second")
    assert outbox.keys() == [second, first]


@pytest.mark.parametrize("key", ["", "..", "../secret_key", "1" * 16, "x" * 25, "1" * 16 + "-00000000"])
def test_keys_that_are_none(key, settings):
    assert outbox.read(key) is None
    assert outbox.envelope(key) is None


@pytest.mark.django_db
def test_the_list(client, letter):
    assert "No letter has been sent yet." in client.get(LIST).content.decode()
    letter("ben@example.org", "For Ben")
    letter("ada@example.org", "<b>For Ada</b>")
    page = client.get(LIST).content.decode()
    assert page.index("&lt;b&gt;For Ada&lt;/b&gt;") < page.index("For Ben")
    assert "2 letters, newest first" in page
    assert "ben@example.org" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ben@", ["For Ben"]),
        ("FOR", ["For Ada", "For Ben"]),
        ("ada@example.org", ["For Ada"]),
        ("nothing", []),
        ("\x00", ["For Ada", "For Ben"]),
        ("a" * 5000, []),
    ],
)
def test_the_search(client, letter, asked, found):
    letter("ben@example.org", "For Ben")
    letter("ada@example.org", "For Ada")
    response = client.get(LIST, {"q": asked})
    assert [shown.subject for shown in response.context["letters"]] == found


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["2", "999", "-1", "x", "\x00", "9" * 300])
def test_pages(client, letter, page):
    for i in range(51):
        letter(subject=f"No. {i}")
    response = client.get(LIST, {"page": page})
    assert response.status_code == 200
    assert len(response.context["letters"]) in (1, 50)


@pytest.mark.django_db
def test_a_letter_has_links_to_press_and_a_frame(client, letter):
    key = letter(
        text="Open\n\nhttp://127.0.0.1:8000/v/AAA.b_c-d\n\n<script>x</script>", html="<html><head></head></html>"
    )
    response = client.get(reverse("mailings:letter_page", args=[key]))
    page = response.content.decode()
    assert '<a href="http://127.0.0.1:8000/v/AAA.b_c-d"' in page
    assert "<script" not in page
    assert f'src="/outbox/{key}/html/"' in page
    assert response["X-Frame-Options"] == "DENY"
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_the_html_part_has_a_policy_of_its_own(client, letter):
    key = letter(html='<html><head></head><body style="color:red"><a href="http://x/">x</a></body></html>')
    response = client.get(f"/outbox/{key}/html/")
    assert response.content.decode().startswith('<html><head><base target="_top"></head><body style="color:red">')
    assert sorted(response["Content-Security-Policy"].split("; ")) == [
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
        "style-src 'unsafe-inline'",
    ]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.django_db
def test_a_letter_of_text_alone(client, letter):
    key = letter()
    assert "<iframe" not in client.get(f"/outbox/{key}/").content.decode()
    assert client.get(f"/outbox/{key}/html/").status_code == 404


@pytest.mark.django_db
def test_letters_that_are_not_there(client, letter):
    for path in ["/outbox/nothing/", "/outbox/nothing/html/", f"/outbox/{'1' * 16}-00000000/"]:
        assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_only_in_the_embedded_default(client, letter, settings):
    key = letter(html="<html></html>")
    settings.EMBEDDED = False
    for path in [LIST, f"/outbox/{key}/", f"/outbox/{key}/html/"]:
        assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_a_sent_letter_arrives_there(sample, in_line, noon, settings, client):
    settings.EMAIL_BACKEND = "mailings.outbox.OutboxBackend"
    in_line([sample.seat("ben@example.org", "Ben")])
    assert postroom.send_due(noon) == 1
    assert mail.outbox == []
    [key] = outbox.keys()
    page = client.get(f"/outbox/{key}/").content.decode()
    assert "Mar" in client.get(LIST).content.decode()
    assert f'<a href="{sample.link(settings, 1)}"' in page
    assert client.get(f"/outbox/{key}/html/").content.decode().count(sample.link(settings, 1)) == 4
