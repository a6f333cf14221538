"""Many letters in one call: word for word the same as one by one, and which may not share."""

import pytest
from django.core import mail

from mailings import postroom
from mailings.models import Letter
from mailings.prose import in_short_lines
from tests.providers import MERGES, named

pytestmark = pytest.mark.django_db
State = Letter.State
MERGING = ["mailgun", "sendgrid", "mandrill", "sparkpost", "mailjet", "brevo"]


@pytest.fixture
def many(sample, in_line, noon, provider):
    """Send seats through a provider: many("mailgun", seats) -> (provider, its letters by address)."""

    def send(name, seats, letter="sample.note"):
        sample.shares = lambda letter: sample.words[letter.seat]
        chosen = provider(name)
        in_line(seats, name=letter)
        postroom.send_due(noon)
        return chosen, {one.to: one for one in chosen.letters()}

    return send


def one_by_one(settings, noon):
    """The same letters through the outbox of the test, by address."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Letter.objects.update(state=State.READY)
    postroom.send_due(noon)
    return {message.to[0].rpartition("<")[2].rstrip(">"): message for message in mail.outbox}


@pytest.mark.parametrize("name", MERGING)
def test_many_read_what_each_would_have_read(many, sample, settings, noon, name):
    names = ["Ben", "Ana María", "", "Tim O'Neill & Sons <b>", "Zoë"]
    seats = [sample.seat(f"person{n}@example.org", said) for n, said in enumerate(names)]
    chosen, letters = many(name, seats)
    assert Letter.objects.filter(state=State.SENT).count() == 5
    alone = one_by_one(settings, noon)
    assert letters.keys() == alone.keys()
    for address, message in alone.items():
        letter = letters[address]
        assert (letter.subject, letter.text, in_short_lines(letter.page)) == (
            message.subject,
            message.body,
            message.alternatives[0].content,
        )
        assert letter.headers["Auto-Submitted"] == "auto-generated"
        assert not {header for header in letter.headers if header.lower().startswith("list-")}
    # The empty name makes another text; where escaping is not promised, so does what HTML would change.
    assert len(chosen.requests) == (2 if name not in ("mailjet", "brevo") else 3)


@pytest.mark.parametrize("name", MERGING)
def test_the_letter_can_be_found_by_what_the_provider_hands_back(many, sample, name):
    _chosen, letters = many(name, sample.seats(2))
    by_address = {sample.roll[letter.seat][0]: str(letter.pk) for letter in Letter.objects.all()}
    assert {address: letter.metadata["letter"] for address, letter in letters.items()} == by_address
    assert all(Letter.objects.values_list("message_id", flat=True))


@pytest.mark.parametrize(("name", "own"), [("mailgun", True), ("sendgrid", True), ("sparkpost", False)])
def test_each_has_the_message_id_it_would_have_by_itself(many, sample, settings, noon, name, own):
    _chosen, letters = many(name, sample.seats(2))
    alone = one_by_one(settings, noon)
    ids = {
        address: {key.lower(): value for key, value in letter.headers.items()}.get("message-id")
        for address, letter in letters.items()
    }
    assert ids == {address: message.extra_headers["Message-ID"] if own else None for address, message in alone.items()}


@pytest.mark.parametrize(("name", "requests"), [("mailgun", 1), ("sendgrid", 1), ("sparkpost", 1), ("mandrill", 2)])
def test_news_keeps_its_headers_in_a_batch_or_goes_alone(many, sample, settings, name, requests):
    seats = sample.seats(2)
    chosen, letters = many(name, seats, letter="sample.news")
    assert len(chosen.requests) == requests
    for seat in seats:
        headers = {key.lower(): value for key, value in letters[sample.roll[seat][0]].headers.items()}
        assert headers["list-unsubscribe"] == f"<{settings.BASE_URL}/news/{seat}/>"
        assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


def test_a_batch_shares_language_and_circular(many, sample):
    for n, (language, words) in enumerate([("en", "One."), ("es", "One."), ("en", "Two.")] * 2):
        sample.seat(f"person{n}@example.org", language=language, words=words)
    chosen, letters = many("mailgun", list(sample.roll))
    assert [len(heap) for heap in heaps(chosen)] == [2, 2, 2]
    assert {letters[f"person{n}@example.org"].text.count("Two.") for n in (2, 5)} == {1}


def heaps(chosen):
    """The letters of each request."""
    return [MERGES[named(path)](body) for path, _head, body in chosen.requests]


@pytest.mark.parametrize(("name", "sizes"), [("mailgun", [120]), ("mailjet", [50, 50, 20])])
def test_a_batch_is_as_large_as_the_provider_allows(many, sample, name, sizes):
    chosen, _letters = many(name, sample.seats(120))
    assert [len(heap) for heap in heaps(chosen)] == sizes
    assert len(sample.asked[0]) == (120 if name == "mailgun" else 100)


def test_letters_without_a_circular_go_one_by_one(sample, in_line, noon, provider):
    chosen = provider("mailgun")
    in_line(sample.seats(3))
    assert postroom.send_due(noon) == 3
    assert len(chosen.requests) == 3
    assert sorted(letter.metadata["letter"] for letter in chosen.letters()) == sorted(
        str(pk) for pk in Letter.objects.values_list("pk", flat=True)
    )


def test_a_provider_that_does_not_merge_gets_them_one_by_one(many, sample):
    chosen, letters = many("postmark", sample.seats(3))
    assert (len(chosen.requests), len(letters)) == (3, 3)
    assert Letter.objects.filter(state=State.SENT).count() == 3


def test_one_address_twice_goes_in_two_calls(many, sample):
    seats = [sample.seat(f"{box}@example.org") for box in ("ben", "BEN", "eve")]
    chosen, _letters = many("mailgun", seats)
    assert Letter.objects.filter(state=State.SENT).count() == 3
    assert sorted(len(heap) for heap in heaps(chosen)) == [1, 2]


@pytest.mark.parametrize(
    ("name", "hostile"),
    [
        ("mailgun", "%recipient.our_link%"),
        ("mailgun", "%unsubscribe_url%"),
        ("mandrill", "*|OUR_LINK|*"),
        ("sparkpost", "{{our_link}}"),
        ("sendgrid", "-our_link-"),
    ],
)
def test_what_a_provider_would_read_as_its_own_goes_alone(many, sample, settings, noon, name, hostile):
    """In a name it keeps its letter out of the batch, in the text all of them."""
    seats = [*sample.seats(2), sample.seat("eve@example.org", hostile)]
    chosen, letters = many(name, seats)
    assert sorted(len(heap) for heap in heaps(chosen)) == [1, 2]
    assert sample.link(settings, 3) in letters["eve@example.org"].text
    sample.words = dict.fromkeys(seats, f"It is {hostile} time.")
    Letter.objects.update(state=State.READY)
    chosen.requests.clear()
    postroom.send_due(noon)
    assert [len(heap) for heap in heaps(chosen)] == [1, 1, 1]


def test_a_name_that_would_change_how_the_text_wraps_goes_alone(many, sample, settings, noon):
    seats = [sample.seat("ben@example.org", "Ben"), sample.seat("max@example.org", "Maximilian " * 9)]
    chosen, letters = many("mailgun", seats)
    assert len(chosen.requests) == 2
    alone = one_by_one(settings, noon)
    assert {address: letter.text for address, letter in letters.items()} == {
        address: message.body for address, message in alone.items()
    }


def test_an_app_that_says_too_much_is_shared_is_not_believed(sample, in_line, noon, provider):
    """The words differ although the app says they are the same: the letters go one by one, each with its own."""
    sample.shares = lambda letter: "all"
    chosen = provider("mailgun")
    in_line([sample.seat(f"person{n}@example.org", words=f"Number {n}.") for n in range(2)])
    assert postroom.send_due(noon) == 2
    said = {letter.to: letter.text for letter in chosen.letters()}
    assert [f"Number {n}." in said[f"person{n}@example.org"] for n in range(2)] == [True, True]
    assert len(chosen.requests) == 2


def test_tracking_is_off_in_every_message(sample, in_line, noon, provider):
    off = {
        "mailgun": (b"o%3Atracking=no", b"o%3Atracking-clicks=no", b"o%3Atracking-opens=no"),
        "sendgrid": (b'"click_tracking": {"enable": false}', b'"open_tracking": {"enable": false}'),
        "mandrill": (b'"track_clicks": false', b'"track_opens": false'),
        "sparkpost": (b'"click_tracking": false', b'"open_tracking": false', b'"transactional": true'),
        "mailjet": (b'"TrackClicks": "disabled"', b'"TrackOpens": "disabled"'),
        "postmark": (b'"TrackLinks": "None"', b'"TrackOpens": false'),
    }
    for name, said in off.items():
        for shares in (None, "all"):
            sample.shares = lambda letter, shares=shares: shares
            chosen = provider(name)
            in_line(sample.seats(2))
            postroom.send_due(noon)
            assert chosen.requests
            assert all(words in body for _path, _head, body in chosen.requests for words in said), (name, shares)
