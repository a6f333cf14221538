"""Letters that share a text and go one by one: made from one text, and the same as if each were written by itself."""

from email import message_from_bytes
from email.policy import default

import pytest
from django.core import mail

from mailings import checking, circulars, claiming, copies, letters, postroom
from mailings.models import Letter, StoppedTopic
from mailings.prose import in_short_lines

pytestmark = pytest.mark.django_db
State = Letter.State
NAMES = ["Ben", "Ana María", "Zoë", "Tim O'Neill", "Eve & Sons", "=?utf-8?q?Ida?=", "script", "a"]


@pytest.fixture
def alike(sample):
    sample.shares = lambda letter: sample.words[letter.seat]
    return sample


def as_received(message):
    """A message as a mail program reads it from its bytes; the boundary is nobody's business."""
    parsed = message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=default)
    head = {name: str(value) for name, value in parsed.items() if name != "Content-Type"}
    parts = [(part.get_content_type(), part.get_content()) for part in parsed.iter_parts()]
    return head, parts


def sent_by(noon, monkeypatch, worth_it):
    """What the outbox has of every letter, by its number, when so many letters are worth a shared text."""
    monkeypatch.setattr(copies, "WORTH_IT", worth_it)
    Letter.objects.update(state=State.READY)
    mail.outbox.clear()
    postroom.send_due(noon)
    return {message.extra_headers["Message-ID"]: message for message in mail.outbox}


@pytest.mark.parametrize("name", ["sample.note", "sample.news"])
def test_each_reads_what_it_would_have_by_itself(alike, in_line, noon, monkeypatch, name):
    in_line([alike.seat(f"person{n}@example.org", said) for n, said in enumerate(NAMES)], name=name)
    together, alone = (sent_by(noon, monkeypatch, many) for many in (2, 1000))
    assert len(together) == len(NAMES)
    assert {isinstance(one.message(), copies.Bytes) for one in together.values()} == {True}
    assert {isinstance(one.message(), copies.Bytes) for one in alone.values()} == {False}
    assert {key: as_received(one) for key, one in together.items()} == {
        key: as_received(one) for key, one in alone.items()
    }
    for key, one in together.items():
        assert (one.subject, one.body, one.to) == (alone[key].subject, alone[key].body, alone[key].to)
        assert one.alternatives == alone[key].alternatives


def test_few_letters_are_written_one_by_one(alike, in_line, noon, monkeypatch):
    in_line(alike.seats(copies.WORTH_IT - 1))
    sent = sent_by(noon, monkeypatch, copies.WORTH_IT)
    assert [isinstance(one.message(), copies.Bytes) for one in sent.values()] == [False] * (copies.WORTH_IT - 1)


@pytest.mark.parametrize("words", ["x" * 1200, f"{copies.OPEN}our_link{copies.CLOSE}", copies.TEXT, copies.PAGE])
def test_a_text_that_cannot_be_filled_in_goes_one_by_one(alike, in_line, noon, monkeypatch, words):
    in_line([alike.seat(f"person{n}@example.org", f"Person {n}", words=words) for n in range(6)])
    sent = sent_by(noon, monkeypatch, 2)
    assert [isinstance(one.message(), copies.Bytes) for one in sent.values()] == [False] * 6


def test_a_long_paragraph_needs_no_other_encoding(alike, in_line, noon, monkeypatch):
    in_line([alike.seat(f"person{n}@example.org", "José", words="Ein Wort, né? " * 300) for n in range(6)])
    sent = sent_by(noon, monkeypatch, 2)
    for message in sent.values():
        raw = message.message().as_bytes()
        assert (b"quoted-printable" in raw, raw.count(b"Content-Transfer-Encoding: 8bit")) == (False, 2)
        assert max(map(len, raw.split(b"\n"))) <= 998


def test_a_bug_in_filling_in_sends_nothing(alike, in_line, noon, monkeypatch):
    in_line(alike.seats(6))
    fields = circulars.Circular.merge_fields

    def neighbors(self, member):
        return fields(self, self.members[self.members.index(member) - 1])

    monkeypatch.setattr(circulars.Circular, "merge_fields", neighbors)
    assert postroom.send_due(noon) == 0
    assert mail.outbox == []
    assert Letter.objects.filter(state=State.SET_ASIDE).count() == 6
    assert StoppedTopic.objects.get().topic == "round:1"


@pytest.fixture
def finished(alike, in_line, noon):
    """Six finished copies, {letter: (draft, message)}, not sent."""
    in_line(alike.seats(6))
    batch, kind = claiming.claim(noon), letters.find("sample.note")
    drafts = {letter: kind.write(batch.letters, noon)[letter.pk] for letter in batch.letters}
    [heap], _alone = circulars.gather(kind, drafts, copies.OURSELVES)
    made = copies.made(kind, heap, now=noon)
    return {letter: (draft, made[letter]) for letter, draft in drafts.items()}


def test_letters_alike_are_taken_apart_once(finished, noon, monkeypatch):
    read, read_back = [], checking.read_back
    monkeypatch.setattr(checking, "read_back", lambda raw, *rest: read.append(raw) or read_back(raw, *rest))
    assert checking.check(finished, now=noon) == {}
    assert len(read) == 1


def spoiled(old, new, count=-1):
    def spoil(message, mine, other):
        old_, new_ = (
            part.format(mine=mine.link, other=other.link, to=mine.to, stranger=other.to).encode() for part in (old, new)
        )
        assert old_ in message.built.raw
        message.built.raw = message.built.raw.replace(old_, new_, count)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoiled("{mine}", "{other}"), "its private link does not stand alone on a line of the text"),
        (spoiled("{mine}\n", "{mine}\n{other}\n", 1), "a link /sample/… in it belongs to somebody else"),
        (spoiled("</body>", '<a href="{other}">x</a></body>'), "a link /sample/… in it belongs to somebody else"),
        (spoiled("{mine}\n", "{mine}x\n", 1), "its private link does not stand alone on a line of the text"),
        (spoiled("</body>", "<script>x</script></body>"), "its HTML has a <script>"),
        (spoiled("</body>", "<Person 3></body>"), None),  # no tag of any meaning, but looked at by itself
        (spoiled("\nTo: ", "\nBcc: {stranger}\nTo: ", 1), "it has a header Bcc"),
        (spoiled("\nTo: ", "\nTo: {stranger}\nTo: ", 1), "it has not exactly one recipient"),
        (spoiled("<{to}>", "<{stranger}>", 1), "its recipient is not the draft's"),
        (spoiled("<{to}>", "<{to}>, {stranger}", 1), "it has not exactly one recipient"),
        (lambda message, mine, other: message.to.__setitem__(0, other.to), "its recipient is not the draft's"),
        (lambda message, mine, other: message.bcc.append(other.to), "it has not exactly one recipient"),
    ],
)
@pytest.mark.parametrize("place", [0, 3])
def test_a_fault_in_one_of_many_is_seen(finished, noon, spoil, reason, place):
    order = list(finished)
    draft, message = finished[order[place]]
    spoil(message, draft, finished[order[place - 1]][0])
    assert checking.check(finished, now=noon) == ({order[place]: reason} if reason else {})


def test_a_name_in_a_tag_hides_nothing(finished, noon):
    for draft, message in finished.values():
        message.built.raw = message.built.raw.replace(b"</body>", f"<b title='{draft.name}'>x</b></body>".encode())
    assert all(checking.without_hers(message.built.raw, draft) is None for draft, message in finished.values())
    assert checking.check(finished, now=noon) == {}


def test_short_lines_say_the_same():
    page = "<p>" + "word " * 400 + "</p>\n<pre>short</pre>"
    assert in_short_lines(page).split() == page.split()
    assert max(map(len, in_short_lines(page).split("\n"))) <= 240
    assert in_short_lines("x" * 2000) == "x" * 2000
    assert in_short_lines("short\nlines") == "short\nlines"
