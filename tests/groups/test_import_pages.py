"""Imports at the desk: a list goes from the upload to the members and back, and every trouble is said in words."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from groups.importing import uploads
from groups.models import ImportBatch, Member, Role, Upload, UploadPiece
from groups.roles import make_roles
from journal import clock
from journal.models import Entry
from tests.factories.groups import UserFactory
from tests.groups.lists import HEADER, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("america")]


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def upload(desk, content, format_name="action-network", name="list.csv", **more):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return desk.post(reverse("admin:groups_upload"), {"file": file, "format": format_name, **more})


def press(desk, act, **more):
    return desk.post(waiting(), {"act": act, **more}, follow=True)


def waiting():
    return reverse("admin:groups_upload_waiting", args=[Upload.objects.first().pk])


def test_a_list_is_uploaded_checked_taken_in_and_undone(desk):
    answer = upload(desk, HEADER + row() + row("b@example.org", status="unsubscribed"), vouched="on")
    assert answer.url == waiting()
    page = desk.get(waiting()).content.decode()
    assert "Dee Dorn vouches for it." in page
    assert "b@example.org" in page
    assert "What it would do" not in page
    page = press(desk, "check").content.decode()
    assert "nothing is changed yet" in page
    assert Upload.objects.get().counts["new"] == 2
    assert not Member.objects.exists()
    page = press(desk, "take").content.decode()
    assert "The list is taken in." in page
    assert Member.objects.confirmed().count() == 2
    batch = ImportBatch.objects.get()
    assert (batch.vouched_by, batch.file_name) == ("Dee Dorn", "list.csv")
    assert Entry.objects.get(verb="members.imported").actor_name == "Dee Dorn"
    assert not UploadPiece.objects.filter(kind="list").exists()
    undo = reverse("admin:groups_import_undo", args=[batch.pk])
    assert "Say why" in desk.post(undo, {"reason": ""}).content.decode()
    assert "list.csv brought 2 new members and changed 0." in desk.get(undo).content.decode()
    said = {"reason": "The wrong list.", "typed": "another.csv"}
    assert "That is not its name." in desk.post(undo, said).content.decode()
    assert Member.objects.exists()
    said["typed"] = "List.CSV"
    page = desk.post(undo, said, follow=True).content.decode()
    assert "The import is undone." in page
    assert "Members taken out again" in page
    assert not Member.objects.exists()
    again = desk.post(undo, said)
    assert (again.status_code, "This import is undone already." in again.content.decode()) == (400, True)


def test_bad_rows_are_shown_downloaded_and_left_out_only_when_asked(desk):
    upload(desk, HEADER + row() + row("") + row("=cmd|x"))
    page = press(desk, "check").content.decode()
    assert "there is no e-mail address." in page
    assert "Leave the 2 bad rows out." in page
    answer = desk.get(reverse("admin:groups_upload_rows", args=[Upload.objects.get().pk]))
    assert "no-store" in answer["Cache-Control"]
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [line[:4] for line in lines] == [
        ["row", "what", "reason", "email"],
        ["3", "left out", "there is no e-mail address.", ""],
        ["4", "left out", "“=cmd|x” is no e-mail address.", "'=cmd|x"],
    ]
    answer = press(desk, "take")
    assert (answer.status_code, "Some rows are bad." in answer.content.decode()) == (400, True)
    assert not (Member.objects.exists() or ImportBatch.objects.exists())
    press(desk, "take", skip_bad_rows="on")
    assert Member.objects.count() == 1
    batch = ImportBatch.objects.get()
    assert (
        "Remarks about rows (CSV)"
        in desk.get(reverse("admin:groups_importbatch_change", args=[batch.pk])).content.decode()
    )


def test_any_other_table_by_its_columns(desk):
    rows = "".join(f"{n};Person {n};p{n}@example.org;02142;yes\n" for n in range(7))
    upload(desk, "Nr;Full name;Their mail;Plz;News\n" + rows, "other", vouched="on")
    page = desk.get(waiting()).content.decode()
    assert "p4@example.org" in page
    assert "p5@example.org" not in page  # five rows
    answer = press(desk, "check", email="", zip="Plz")
    assert (answer.status_code, "Say which column holds the address." in answer.content.decode()) == (400, True)
    press(desk, "check", email="Their mail", first_name="Full name", zip="Plz", key="Nr")
    assert Upload.objects.get().counts["new"] == 7
    press(desk, "take")
    member = Member.objects.get(email_key="p3@example.org")
    assert (member.first_name, member.zip, member.sources.get().source_key) == ("Person 3", "02142", "3")


def test_columns_with_usual_names_are_guessed(desk):
    upload(desk, "E-mail,Zip code,Given name\na@example.org,02142,Ana\n", "other")
    form = desk.get(waiting()).context["columns"]
    assert {name: form.initial[name] for name in ("email", "zip", "first_name", "state")} == {
        "email": "E-mail", "zip": "Zip code", "first_name": "Given name", "state": "",
    }  # fmt: skip


def test_a_wrong_header_is_named_beside_the_first_rows(desk):
    upload(desk, "emial,zip_code\na@example.org,02142\n")
    answer = press(desk, "check")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Missing column: email." in page
    assert "a@example.org" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "a spreadsheet or a zip archive"),
        (bytes(range(256)), "no text file"),
    ],
)
def test_what_is_no_list_is_said(desk, content, sentence):
    answer = upload(desk, content)
    if answer.status_code == 302:
        answer = desk.get(answer.url)
    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)


def test_a_list_is_thrown_away_or_forgotten_after_a_week(desk, dee):
    upload(desk, HEADER + row())
    press(desk, "away")
    assert not (Upload.objects.exists() or UploadPiece.objects.exists())
    now = clock.now()
    for name, days in [("old.csv", 7), ("new.csv", 6)]:
        upload(desk, HEADER + row(), name=name)
        Upload.objects.filter(file_name=name).update(uploaded_at=now - timedelta(days=days, seconds=1))
    assert (uploads.forget_old(now), uploads.forget_old(now)) == (1, 0)
    assert [one.file_name for one in Upload.objects.all()] == ["new.csv"]


def test_too_large_a_list_is_for_the_command(desk, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 10)
    answer = upload(desk, HEADER + row())
    assert (answer.status_code, "import_members" in answer.content.decode()) == (400, True)
    assert not Upload.objects.exists()


def test_a_list_is_kept_in_pieces_and_comes_back_whole(desk, dee, monkeypatch):
    monkeypatch.setattr(uploads, "PIECE", 7)
    content = (HEADER + row()).encode()
    kept = uploads.keep(SimpleUploadedFile("a/../x\0.csv", content), format_name="osdi", by=dee, now=clock.now())
    assert kept.pieces.count() > 10
    assert b"".join(uploads.read(kept, "list")) == content
    assert kept.file_name == "x_.csv"


def test_twice_at_once_takes_in_once(desk, dee):
    upload(desk, HEADER + row())
    one = Upload.objects.get()
    uploads.take_in(one, by=dee, now=clock.now())
    with pytest.raises(uploads.Refusal, match="taken in already"):
        uploads.take_in(one, by=dee, now=clock.now())
    assert desk.get(waiting()).status_code == 302


def test_a_data_manager_may_and_others_may_not(client, desk):
    upload(desk, HEADER + row())
    make_roles()
    clerk = UserFactory(is_staff=True)
    client.force_login(clerk)
    batch = ImportBatch.objects.create(file_name="x", file_hash="x", format="osdi", taken_at=clock.now())
    pages = [
        reverse("admin:groups_upload"), waiting(), reverse("admin:groups_import_undo", args=[batch.pk]),
        reverse("admin:groups_upload_rows", args=[Upload.objects.get().pk]),
    ]  # fmt: skip
    assert [client.get(page).status_code for page in pages] == [403] * 4
    clerk.groups.add(Role.objects.get(name="Data manager"))
    assert [client.get(page).status_code for page in pages] == [200] * 4
    assert "Upload a list" in client.get(reverse("admin:groups_importbatch_changelist")).content.decode()
