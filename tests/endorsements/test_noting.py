"""Correcting what is published: a dated note that stands, and never a silent edit."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from endorsements import endorsing, noting
from endorsements.models import CorrectionNote, Endorsement
from endorsements.refusals import Refusal
from journal.models import Entry
from rounds.models import Round
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, RoundFactory

pytestmark = pytest.mark.django_db

NOW = START + timedelta(days=40)
WRONG = "We wrote 1,200 votes. It was 1,020."
WHO = {"by": "test", "now": NOW}


@pytest.fixture
def past():
    return RoundFactory(name="Winter round", slug="winter", stage=Round.Stage.ANNOUNCED)


@pytest.fixture
def ayo(past):
    candidacy = CandidacyFactory(gates=4, name="Ayo Santos")
    published = {"issued_at": NOW, "announced_at": NOW, "title": "Mayor", "reason": "Because."}
    return Endorsement.objects.create(candidacy=candidacy, round=past, slug="ayo", **published)


@pytest.fixture
def desk(client, dee, set_clock):
    set_clock(NOW)
    client.force_login(dee)
    return client


def text(response):
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", f"<main{main}")).split())


def test_a_note_stands_on_the_rounds_page_and_on_the_endorsements_with_its_date(client, ayo, set_clock):
    set_clock(NOW)
    assert "Corrections" not in text(client.get("/rounds/winter/"))

    noting.correct(ayo.round, text=WRONG, texts={"es": "Eran 1,020 votos."}, endorsement=ayo, **WHO)
    noting.correct(ayo.round, text="The round began a day later.", texts={}, **WHO)

    day = "Saturday, March 14, 2026"
    page, hers = text(client.get("/rounds/winter/")), text(client.get("/endorsed/ayo/"))
    assert f"Corrections {day}, Ayo Santos : {WRONG} {day}: The round began a day later." in page
    assert f"Corrections {day}: {WRONG}" in hers
    assert "a day later" not in hers
    assert "Eran 1,020 votos." in text(client.get("/endorsed/ayo/?lang=es"))
    noted = Entry.objects.filter(verb="round.corrected").order_by("id")
    assert [(entry.reason, entry.after["endorsement"]) for entry in noted] == [
        (WRONG, ayo.pk),
        ("The round began a day later.", None),
    ]


def test_the_same_note_twice_is_one(past):
    first, again = (noting.correct(past, text=WRONG, texts={}, **WHO) for _twice in range(2))

    assert first == again
    assert Entry.objects.filter(verb="round.corrected").count() == 1


@pytest.mark.parametrize("stage", [stage for stage in Round.Stage if stage not in noting.OPEN_TO])
def test_before_the_announcement_there_is_nothing_to_correct(stage):
    with pytest.raises(Refusal, match="is published yet"):
        noting.correct(RoundFactory(stage=stage), text=WRONG, texts={}, **WHO)


def test_what_no_note_can_say(past, ayo):
    other = RoundFactory(stage=Round.Stage.ARCHIVED)
    rehearsal = RoundFactory(stage=Round.Stage.ANNOUNCED, rehearsal=True)

    for round, said, sentence in [
        (past, {"text": "  "}, "Say what was wrong"),
        (past, {"text": "x" * 2001}, "at most 2000 characters"),
        (other, {"endorsement": ayo}, "made in another round"),
        (rehearsal, {}, "no public page"),
    ]:
        with pytest.raises(Refusal, match=sentence):
            noting.correct(round, **{"text": WRONG, "texts": {}} | said, **WHO)
    assert not CorrectionNote.objects.exists()


def test_a_note_from_the_rounds_page_at_the_desk(desk, ayo):
    at = f"/desk/rounds/round/{ayo.round_id}/steer/correct/"
    assert "Publish a correction note" in desk.get(f"/desk/rounds/round/{ayo.round_id}/change/").content.decode()
    assert "can’t be taken back" in text(desk.get(at))

    said = {"text": WRONG, "text_es": "Eran 1,020.", "endorsement": ayo.pk, "typed": ayo.round.name}
    page = desk.post(at, said, follow=True)

    assert "The note is published." in page.content.decode()
    note = CorrectionNote.objects.get()
    assert (note.text, note.texts, note.endorsement) == (WRONG, {"es": "Eran 1,020."}, ayo)
    for wrong in [{"text": ""}, {"text": "a\0b"}, {"endorsement": "999"}, {"typed": "Another round"}]:
        assert "errorlist" in desk.post(at, said | wrong).content.decode()
    assert CorrectionNote.objects.count() == 1


def test_the_desk_refuses_a_note_on_what_is_not_out(desk):
    round = RoundFactory(stage=Round.Stage.VOTING)

    page = desk.post(f"/desk/rounds/round/{round.pk}/steer/correct/", {"text": WRONG, "typed": round.name})

    assert "is published yet: mend it before the announcement." in text(page)
    assert "Publish a correction note" not in desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()


def test_published_words_change_only_with_a_note(desk, ayo):
    at = f"/desk/endorsements/endorsement/{ayo.pk}/change/"
    said = {"title": "Mayor", "reason": "Because of the river.", "photo_credit": "", "photo_alt": ""}

    page = text(desk.post(at, said))
    ayo.refresh_from_db()
    assert "These words are published. Say what was wrong, and what is right." in page
    assert (ayo.reason, CorrectionNote.objects.count()) == ("Because.", 0)

    said["correction"] = "The reason was cut short."
    assert "Type the candidate’s name first." in text(desk.post(at, said))
    assert "That is not its name." in text(desk.post(at, said | {"typed": "Somebody"}))
    ayo.refresh_from_db()
    assert (ayo.reason, CorrectionNote.objects.count()) == ("Because.", 0)
    desk.post(at, said | {"typed": ayo.candidacy.name})
    ayo.refresh_from_db()
    note = CorrectionNote.objects.get()
    assert (ayo.reason, note.text, note.endorsement) == ("Because of the river.", "The reason was cut short.", ayo)
    assert Entry.objects.get(verb="endorsement.edited").after == {"reason": "Because of the river."}


def test_before_the_announcement_words_change_without_a_note(desk, ayo):
    Round.objects.filter(pk=ayo.round_id).update(stage=Round.Stage.CERTIFIED)
    at = f"/desk/endorsements/endorsement/{ayo.pk}/change/"
    said = {"title": "Governor", "reason": "Because.", "photo_credit": "", "photo_alt": ""}

    assert "Nothing is published yet" in text(desk.post(at, said | {"correction": "x"}))
    desk.post(at, said)

    ayo.refresh_from_db()
    assert (ayo.title, CorrectionNote.objects.count()) == ("Governor", 0)


def test_a_rehearsals_endorsement_changes_without_a_note(desk, ayo):
    Round.objects.filter(pk=ayo.round_id).update(rehearsal=True)
    said = {"title": "Governor", "reason": "Because.", "photo_credit": "", "photo_alt": ""}

    assert desk.post(f"/desk/endorsements/endorsement/{ayo.pk}/change/", said).status_code == 302
    ayo.refresh_from_db()
    assert (ayo.title, CorrectionNote.objects.count()) == ("Governor", 0)


def test_who_is_slower_hears_that_nothing_was_changed(desk, ayo, monkeypatch):
    at, said = (
        f"/desk/endorsements/endorsement/{ayo.pk}/settle/",
        {"status": "won", "note": "November 3.", "typed": ayo.candidacy.name},
    )
    monkeypatch.setattr(endorsing, "settle", lambda *_args, **_rest: False)

    page = desk.post(at, said, follow=True).content.decode()

    assert "Somebody was faster: nothing was changed." in page
    assert "The public page says so now." not in page


def test_who_may_not_steer_rounds_publishes_no_note(client, past):
    reader = UserFactory(is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_round"))
    client.force_login(reader)

    assert client.post(f"/desk/rounds/round/{past.pk}/steer/correct/", {"text": WRONG}).status_code == 403
    assert not CorrectionNote.objects.exists()
