"""tools/recount.py: reproduces a package with foreign code, and fails on every altered byte by the file's name."""

import ast
import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from rounds.models import Round
from tests.factories.groups import state
from tests.factories.results import counted
from tests.factories.rounds import RaceFactory, RoundFactory
from voting import package, results
from voting.models import Result
from voting.publication import Audience

TOOL = Path(__file__).parents[2] / "tools" / "recount.py"

pytestmark = pytest.mark.django_db


def recount(place):
    """(exit code, what it printed) of the tool, run apart: -I keeps our folders out of its path."""
    done = subprocess.run([sys.executable, "-I", str(TOOL), str(place)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def write(made, folder):
    for path, content in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def certify(round, at):
    results.certify(round, by=None, now=at("2026-03-12 09:00"))
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.ANNOUNCED)
    round.refresh_from_db()
    return round


@pytest.fixture
def made(at, dee):
    """The groups' package: choose-one endorsed, Yes/No not endorsed, and one decided by a person after review."""
    round = RoundFactory(stage=Round.Stage.COUNTED, name="Spring round", slug="2026-spring")
    counted({0: 5, 1: 312, 2: 168, 3: 40}, round=round, roll=2000, candidates=2)
    counted({1: 599, 2: 401}, round=round, contest__race=RaceFactory(office="senate", place=state("MA")), roll=5000)
    low = counted({1: 14, 2: 6}, round=round, contest__race=RaceFactory(office="governor", place=state("MA")))
    results.decide(low, endorse=True, by=dee, now=at("2026-03-12 08:00"), reason="A small place.")
    return package.files(certify(round, at), Audience.GROUPS)


def test_the_tool_is_short_and_imports_nothing_of_ours():
    tree = ast.parse(TOOL.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in names | modules} <= set(sys.stdlib_module_names)
    assert len(TOOL.read_text().splitlines()) <= 90


def test_a_whole_package_is_reproduced(made, tmp_path):
    code, said = recount(write(made, tmp_path))

    assert code == 0, said
    assert "312 (60.00%)" in said and "turnout 26.00%" in said and "endorsed; from 525 lines" in said
    assert "Yes 599 (59.90%), No 401 (40.10%); turnout 20.00%; not_endorsed; from 1000 lines" in said
    assert "Yes 14 (70.00%), No 6 (30.00%); turnout 2.00%; endorsed; from 20 lines; decided by a person" in said
    assert package.fingerprint(made) in said


def test_a_zip_is_reproduced_too(made, tmp_path):
    (tmp_path / "package.zip").write_bytes(package.zipped(made, "2026-spring"))

    assert recount(tmp_path / "package.zip")[0] == 0


def test_each_contest_that_is_withheld_is_named_with_its_rule(at, tmp_path):
    round = RoundFactory(stage=Round.Stage.COUNTED, turnout_min_votes=0, turnout_min_share=0)
    counted({1: 40, 2: 60}, round=round)
    counted({1: 99, 2: 1}, round=round, contest__race=RaceFactory(office="senate", place=state("MA")))
    counted({1: 5}, round=round, contest__race=RaceFactory(office="governor", place=state("MA")))
    code, said = recount(write(package.files(certify(round, at)), tmp_path))

    assert code == 0, said
    assert "7th District: withheld by rule: policy" in said
    assert "U.S. Senate, Massachusetts: withheld by rule: alike" in said
    assert "Governor, Massachusetts: withheld by rule: few" in said


def test_lines_without_choices_are_recounted_from_the_totals(at, tmp_path):
    result = counted({1: 60, 2: 40}, receipt_mode=Round.ReceiptMode.COUNTED)
    code, said = recount(write(package.files(certify(result.contest.round, at)), tmp_path))

    assert code == 0, said
    assert "endorsed; from printed totals; withheld by rule: counted_only" in said


def test_every_file_is_watched_byte_for_byte(made, tmp_path):
    """First, middle and last byte of each file, and a byte more or less: each fails with the file's name."""
    write(made, tmp_path)
    for path, content in made.items():
        for altered in (
            bytes([content[0] ^ 1]) + content[1:],
            content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 1]) + content[len(content) // 2 + 1 :],
            content[:-1] + bytes([content[-1] ^ 1]),
            content[:-1],
            content + b"\n",
        ):
            (tmp_path / path).write_bytes(altered)
            code, said = recount(tmp_path)
            assert code == 1, (path, said)
            assert path in said
        (tmp_path / path).write_bytes(content)
    assert recount(tmp_path)[0] == 0


def test_a_flip_anywhere_is_noticed(made):
    """Fifty places all over each file, every bit of the byte there: the tool names the file."""
    altered = runpy.run_path(str(TOOL))["altered"]
    assert altered(made) == []
    for path, content in made.items():
        for place in range(0, len(content), max(1, len(content) // 50)):
            for bit in range(8):
                flipped = bytearray(content)
                flipped[place] ^= 1 << bit
                named = altered({**made, path: bytes(flipped)})
                # A changed SHA256SUMS accuses the file whose line it changed, or itself.
                assert named and (path == "SHA256SUMS" or named == [path])


def test_a_missing_and_an_added_file_are_named(made, tmp_path):
    write(made, tmp_path)
    (tmp_path / "contests/ma-07/ballots.csv").unlink()
    assert recount(tmp_path) == (1, "contests/ma-07/ballots.csv: NOT AS SHA256SUMS LISTS IT\n")

    write(made, tmp_path)
    (tmp_path / "contests/ma-07/more.csv").write_text("line\n")
    assert recount(tmp_path) == (1, "contests/ma-07/more.csv: NOT AS SHA256SUMS LISTS IT\n")


def reforged(made, change):
    """The package after somebody changed it and wrote every hash anew."""
    forged = dict(made)
    change(forged)
    manifest = json.loads(forged["manifest.json"])
    for entry in manifest["contests"]:
        if "file" in entry:
            entry["file"]["sha256"] = hashlib.sha256(forged[entry["file"]["path"]]).hexdigest()
    forged["manifest.json"] = json.dumps(manifest).encode()
    del forged["SHA256SUMS"]
    return {**forged, "SHA256SUMS": package.sums(forged)}


def test_flipped_lines_do_not_add_up_even_with_new_hashes(made, tmp_path):
    def flip(files):
        path = "contests/ma-sen/ballots.csv"
        files[path] = files[path].replace(b",2,No", b",1,Yes", 1)

    code, said = recount(write(reforged(made, flip), tmp_path))
    assert code == 1
    assert "U.S. Senate, Massachusetts: THE LINES GIVE" in said


def test_a_doubled_line_does_not_add_up(made, tmp_path):
    def double(files):
        path = "contests/ma-sen/ballots.csv"
        rows = files[path].splitlines(keepends=True)
        same = next(row for row in rows[2:] if row[27:] == rows[1][27:])
        files[path] = b"".join([rows[0], rows[1], *(rows[1] if row == same else row for row in rows[2:])])

    code, said = recount(write(reforged(made, double), tmp_path))
    assert code == 1
    assert "THE LINES GIVE" in said


def test_an_outcome_against_the_rule_is_called_out(made, tmp_path):
    def endorse(files):
        manifest = json.loads(files["manifest.json"])
        senate = next(entry for entry in manifest["contests"] if entry["slug"] == "ma-sen")
        senate["outcome"] = "endorsed"
        files["manifest.json"] = json.dumps(manifest).encode()

    code, said = recount(write(reforged(made, endorse), tmp_path))
    assert code == 1
    assert "BUT THE RULE SAYS not_endorsed" in said


def test_a_person_can_not_endorse_below_the_share(made, tmp_path):
    def decide(files):
        manifest = json.loads(files["manifest.json"])
        senate = next(entry for entry in manifest["contests"] if entry["slug"] == "ma-sen")
        senate["outcome"], senate["decided_by_a_person"] = "endorsed", True
        files["manifest.json"] = json.dumps(manifest).encode()

    code, said = recount(write(reforged(made, decide), tmp_path))
    assert code == 1
    assert "BUT THE RULE SAYS not_endorsed" in said


def test_all_results_are_reproduced_as_they_stand(made, tmp_path):
    """The tool and the house are two programs; they agree on every outcome."""
    _code, said = recount(write(made, tmp_path))

    for result in Result.objects.all():
        [row] = [row for row in said.splitlines() if row.startswith(result.contest.race.name)]
        assert f"; {result.outcome}; " in row
