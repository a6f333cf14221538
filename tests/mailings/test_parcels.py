"""The last look at a provider's batch: planted merge bugs are caught in the finished request (trust.md F21)."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest

from mailings import bodies, circulars, claiming, letters, parcels, postroom, queue, sending
from mailings.carriers import CARRIERS
from mailings.models import Letter, StoppedTopic

pytestmark = pytest.mark.django_db
State = Letter.State
MERGING = ["mailgun", "sendgrid", "mandrill", "sparkpost", "mailjet", "brevo"]


def off_by_one(values):
    """Everybody gets the next one's."""
    keys = list(values)
    return {key: values[keys[at - 1]] for at, key in enumerate(keys)}


def shared_object(values):
    """One object for all: the last one's."""
    last = list(values.values())[-1]
    return dict.fromkeys(values, last)


def swapped_array(values):
    """The answers came back in another order."""
    return dict(zip(values, reversed(values.values()), strict=True))


def one_swap(values):
    a, b, *_rest = values
    return values | {a: values[b], b: values[a]}


def stale_cache(values):
    """What stands there is left from another batch."""
    return {f"old-{address}": value for address, value in values.items()}


BUGS = [off_by_one, shared_object, swapped_array, one_swap, stale_cache]


@pytest.fixture
def planted(sample, in_line, noon, provider, monkeypatch):
    """Send six letters, a bug in what Anymail is told: planted("mailgun", "merge_data", bug) -> (provider, sent)."""

    def send(name, attribute, bug):
        sample.shares = lambda letter: "all"
        chosen, right = provider(name), parcels.message_of

        def wrong(circular):
            message = right(circular)
            setattr(message, attribute, bug(getattr(message, attribute)))
            return message

        monkeypatch.setattr(parcels, "message_of", wrong)
        in_line(sample.seats(6))
        sent = postroom.send_due(noon)
        monkeypatch.setattr(parcels, "message_of", right)
        return chosen, sent

    return send


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("attribute", ["merge_data", "merge_metadata"])
@pytest.mark.parametrize("name", MERGING)
def test_a_merge_bug_sends_nothing_of_the_batch(planted, sample, noon, name, attribute, bug):
    chosen, sent = planted(name, attribute, bug)
    assert (sent, chosen.requests, sample.sent) == (0, [], [])
    assert Letter.objects.filter(state=State.SET_ASIDE).count() >= 2
    assert not Letter.objects.exclude(state__in=[State.SET_ASIDE, State.READY]).exists()
    assert StoppedTopic.objects.get().topic == "round:1"


def test_mended_and_let_go_all_of_them_go(planted, sample, noon):
    chosen, _sent = planted("mailgun", "merge_data", off_by_one)
    queue.send_again(Letter.objects.all(), now=noon, by=None)
    queue.resume("round:1")
    assert postroom.send_due(noon) == 6
    assert len(chosen.requests) == 1


@pytest.mark.parametrize("bug", [off_by_one, swapped_array, one_swap])
def test_a_bug_in_the_app_is_caught_by_the_owners_of_the_links(sample, in_line, noon, provider, bug):
    """The drafts themselves are wrong: what is filled in agrees with them, and belongs to somebody else."""
    sample.shares = lambda letter: "all"
    chosen = provider("mailgun")

    def merge(answers):
        others = bug(answers)
        return {pk: replace(others[pk], to=draft.to, name=draft.name) for pk, draft in answers.items()}

    sample.merge = merge
    in_line(sample.seats(6))
    assert postroom.send_due(noon) == 0
    assert chosen.requests == []
    reasons = set(Letter.objects.filter(state=State.SET_ASIDE).values_list("reason", flat=True))
    assert reasons == {"a link /sample/… in it belongs to somebody else"}


@pytest.mark.parametrize("attribute", ["merge_headers"])
def test_headers_of_another_are_caught(planted, attribute):
    chosen, sent = planted("mailgun", attribute, one_swap)
    assert (sent, chosen.requests) == (0, [])
    assert set(Letter.objects.filter(state=State.SET_ASIDE).values_list("reason", flat=True)) == {
        "its headers are somebody else’s"
    }


@pytest.fixture
def parcel(sample, in_line, noon, provider):
    """A right parcel of three letters, not sent: parcel("mailgun")."""

    def pack(name):
        provider(name)
        sample.shares = lambda letter: "all"
        in_line(sample.seats(3))
        batch, kind, carrier = claiming.claim(noon), letters.find("sample.note"), CARRIERS[name]
        drafts = kind.write(batch.letters, noon)
        heaps, _alone = circulars.gather(kind, {letter: drafts[letter.pk] for letter in batch.letters}, carrier)
        return parcels.pack(circulars.compose(kind, heaps[0], carrier), sending.Line().open())

    return pack


def test_a_right_parcel_passes(parcel, noon):
    for name in MERGING:
        assert parcels.check(parcel(name), now=noon) == {}
        Letter.objects.all().delete()


def faults_of(parcel, noon):
    return set(parcels.check(parcel, now=noon).values())


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda form: form | {"text": ["Something else"]}, "its text is not what was written"),
        (lambda form: form | {"to": form["to"][:2]}, "its variables are not those of its recipients"),
        (lambda form: form | {"to": [*form["to"], "eve@example.org"]}, "its variables are not those of its recipients"),
        (lambda form: form | {"to": [*form["to"], form["to"][0]]}, "its recipients are not the drafts'"),
        (lambda form: form | {"bcc": ["eve@example.org"]}, "it has a second kind of recipient"),
        (lambda form: form | {"h:Cc": ["eve@example.org"]}, "it has a header Cc"),
        (lambda form: form | {"h:List-Unsubscribe": ["<x>"]}, "it has a header List-Unsubscribe"),
        (lambda form: form | {"v:letter": ["1"]}, "its metadata are not each recipient's own"),
        (
            lambda form: {key: form[key] for key in form if key != "recipient-variables"},
            "it could not be read back: KeyError",
        ),
    ],
)
def test_what_is_wrong_with_the_whole_request(parcel, noon, change, fault):
    parcel = parcel("mailgun")
    form = parse_qs(parcel.request.body, keep_blank_values=True)
    parcel.request.body = urlencode(change(form), doseq=True)
    assert faults_of(parcel, noon) == {fault}


def test_a_private_link_in_what_all_get(parcel, sample, noon, settings):
    parcel = parcel("mailgun")
    said = f"{parcel.circular.parts.text}\n{sample.link(settings, 2)}\n"
    circular = replace(parcel.circular, parts=replace(parcel.circular.parts, text=said))
    form = parse_qs(parcel.request.body, keep_blank_values=True) | {"text": [said]}
    parcel.request.body = urlencode(form, doseq=True)
    assert faults_of(replace(parcel, circular=circular), noon) == {"a private link stands in what all of them get"}


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("mandrill", lambda data: data["message"].pop("preserve_recipients"), "its recipients would see each other"),
        ("mandrill", lambda data: data["message"]["to"][0].update(type="bcc"), "it has a second kind of recipient"),
        (
            "mandrill",
            lambda data: data["message"]["merge_vars"].append(data["message"]["merge_vars"][0]),
            "it names a recipient twice",
        ),
        ("sendgrid", lambda data: data["personalizations"][0].update(cc=[]), "it has a second kind of recipient"),
        (
            "sendgrid",
            lambda data: data["personalizations"][0]["to"].append({"email": "eve@example.org"}),
            "it has not exactly one of what each letter has once",
        ),
        (
            "sparkpost",
            lambda data: data["recipients"][0]["address"].update(header_to="eve@example.org"),
            "its recipients would see each other",
        ),
        (
            "mailjet",
            lambda data: data["Globals"].pop("TemplateLanguage"),
            "it would not be merged for each recipient alone",
        ),
        ("brevo", lambda data: data.update(cc=[]), "it has a second kind of recipient"),
    ],
)
def test_what_would_show_recipients_to_each_other(parcel, noon, name, change, fault):
    parcel = parcel(name)
    data = json.loads(parcel.request.body)
    change(data)
    parcel.request.body = json.dumps(data)
    assert faults_of(parcel, noon) == {fault}


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"message": 3}', "to=a"])
@pytest.mark.parametrize("name", MERGING)
def test_what_is_no_request_at_all(name, body):
    with pytest.raises(bodies.Unreadable):
        bodies.read(CARRIERS[name].reader, body)


def test_a_batch_sent_again_has_its_old_number_and_another_batch_a_new_one(parcel):
    whole = parcel("brevo").circular
    number = parcels.shared_headers(whole)["idempotencyKey"]
    assert parcels.shared_headers(replace(whole, members=whole.members[::-1]))["idempotencyKey"] == number
    assert parcels.shared_headers(replace(whole, members=whole.members[:2]))["idempotencyKey"] != number
