"""The package of a round on the web: only after its announcement, whole, and recounted by the program itself."""

import hashlib
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from endorsements.public import package_pages
from rounds.models import Round
from tests.factories.results import counted
from tests.factories.rounds import START, RoundFactory
from voting import openedballots, package, packing, records
from voting.models import PackageFile

pytestmark = pytest.mark.django_db

Stage = Round.Stage
RECOUNT = Path(__file__).resolve().parents[3] / "tools" / "recount.py"
FIND = "/rounds/winter/find-my-line/"


@pytest.fixture
def result(set_clock):
    """The certified result of an announced round's only contest, 60 of 100 for Yes."""
    set_clock(START + timedelta(days=41))
    result = counted({1: 60, 2: 40}, round=RoundFactory(name="Winter round", slug="winter", stage=Stage.ANNOUNCED))
    result.certified_at = START + timedelta(days=40)
    result.save()
    return result


def test_the_zip_is_recounted_by_the_program_to_the_printed_fingerprint(client, result, tmp_path):
    page = client.get("/rounds/winter/").content.decode()
    response = client.get("/rounds/winter/package.zip")
    (tmp_path / "round.zip").write_bytes(response.content)

    recount = subprocess.run([sys.executable, RECOUNT, tmp_path / "round.zip"], capture_output=True, text=True)

    assert response["Content-Disposition"] == 'attachment; filename="round-winter.zip"'
    assert (recount.returncode, recount.stderr) == (0, "")
    assert recount.stdout.split()[-1] in page


def test_each_file_is_there_by_itself(client, result):
    for path, content in package.files(result.contest.round).items():
        response = client.get(f"/rounds/winter/package/{path}")

        assert (response.status_code, response.content) == (200, content)


def test_what_was_published_stays_as_it_was_and_is_not_made_again(client, result, monkeypatch):
    """Packed by the first tick after the announcement; the page only reads it, and keeps nothing itself."""
    addresses = [
        "/rounds/winter/package.zip",
        *(f"/rounds/winter/package/{path}" for path in package.files(round_of())),
    ]
    fresh = [client.get(address).content for address in addresses]
    assert not PackageFile.objects.exists()

    assert (packing.pack_due(START), packing.pack_due(START)) == (1, 0)
    monkeypatch.setattr(package, "files", None)  # calling it would fail

    assert [client.get(address).content for address in addresses] == fresh
    assert client.get("/rounds/winter/package/package.zip").status_code == 404
    said = PackageFile.objects.get(path="SHA256SUMS").sha256
    assert f"<code>{said}</code>" in client.get("/rounds/winter/").content.decode()
    assert {row.sha256 for row in PackageFile.objects.all()} == {
        hashlib.sha256(bytes(row.content)).hexdigest() for row in PackageFile.objects.all()
    }


def test_a_website_that_may_not_read_lines_waits_for_the_package(client, result, monkeypatch):
    monkeypatch.setattr(openedballots, "may_read_opened", lambda: False)

    assert client.get("/rounds/winter/package.zip").status_code == 404
    assert packing.pack_due(START) == 0
    assert "Check it yourself" not in client.get("/rounds/winter/").content.decode()


def test_one_rounds_fault_does_not_keep_the_others_from_their_packages(result, monkeypatch, caplog):
    broken, sound = round_of(), RoundFactory(stage=Stage.ANNOUNCED)
    files = package.files
    monkeypatch.setattr(package, "files", lambda round: files(round) if round == sound else 1 / 0)

    assert packing.pack_due(START) == 1

    assert [packing.packed(round) for round in (broken, sound)] == [False, True]
    said = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert said == [f"The package of round {broken.pk} could not be made"]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in packing.ENDED])
def test_nothing_is_packed_before_the_announcement(result, stage):
    Round.objects.update(stage=stage)

    assert packing.pack(round_of(), now=START) is False


def round_of():
    return Round.objects.get(slug="winter")


@pytest.mark.parametrize("name", ["nothing.csv", "../../manage.py", "contests/", "%00", "manifest.json/"])
def test_what_is_not_in_the_package_is_not_found(client, result, name):
    assert client.get(f"/rounds/winter/package/{name}").status_code == 404


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in package_pages.ENDED])
@pytest.mark.parametrize("address", ["package.zip", "package/manifest.json", "find-my-line/"])
def test_there_is_no_package_before_the_announcement(client, result, stage, address):
    Round.objects.update(stage=stage)

    assert client.get(f"/rounds/winter/{address}").status_code == 404


def test_there_is_no_package_of_a_rehearsal(client, result):
    Round.objects.update(rehearsal=True)

    assert client.get("/rounds/winter/package.zip").status_code == 404


def test_a_line_is_found_however_it_is_typed(client, result):
    line, option = openedballots.opened(result.contest)[6]
    typed = records.line_text(line).upper()

    response = client.post(FIND, {"code": f" {typed[:13]} - {typed[13:]}"})

    assert response.status_code == 200
    assert f"line 7, {'Yes' if option == 1 else 'No'}." in response.content.decode()
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


def test_a_line_of_nobody_is_not_found(client, result):
    response = client.post(FIND, {"code": "0" * 26})

    assert response.status_code == 200
    assert "This code is in none of the published files." in response.content.decode()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "Enter your line code."),
        ("   ", "Enter your line code."),
        ("0" * 25, "A line code has 26 letters and digits"),
        ("z" * 26, "A line code has 26 letters and digits"),
        ("<script>alert(1)</script>", "A line code has 26 letters and digits"),
        ("0\x000", "Null characters are not allowed."),
        ("0" * 100_000, "at most 200 characters"),
    ],
)
def test_what_can_be_no_line_is_refused_in_words(client, result, code, sentence):
    response = client.post(FIND, {"code": code})

    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert "<script>" not in response.content.decode()


def test_looking_up_lines_has_a_limit(client, result):
    answers = [client.post(FIND, {"code": "0" * 26}).status_code for _try in range(31)]

    assert answers == [200] * 30 + [400]
    assert client.get(FIND).status_code == 200
