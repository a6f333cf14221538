"""The package: the same bytes each time, nothing that the rules withhold, and a voter's own line."""

import csv
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from rounds.models import Candidacy, Round
from tests.factories.groups import MemberFactory, state
from tests.factories.results import counted, line
from tests.factories.rounds import START, RaceFactory, RoundFactory
from tests.factories.voting import polls, vote
from voting import casting, openedballots, opening, package, results
from voting.models import Result, Strike
from voting.publication import Audience, Publication, figures
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db


def announce(round, at):
    """Certify and announce a counted round."""
    Result.objects.filter(contest__round=round, outcome="needs_review").update(outcome="not_endorsed")
    results.certify(round, by=None, now=at("2026-03-12 09:00"))
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.ANNOUNCED)
    round.refresh_from_db()
    return round


@pytest.fixture
def mixed(at):
    """A round of three contests: MA-07 endorsed, MA-Sen not, MA-Gov nearly unanimous."""

    def build(**fields):
        round = RoundFactory(stage=Round.Stage.COUNTED, name="Spring round", slug="2026-spring", **fields)
        counted({0: 4, 1: 60, 2: 40}, round=round)
        counted({1: 40, 2: 60}, round=round, contest__race=RaceFactory(office="senate", place=state("MA")))
        counted({1: 99, 2: 1}, round=round, contest__race=RaceFactory(office="governor", place=state("MA")))
        return announce(round, at)

    return build


def manifest_of(made):
    manifest = json.loads(made["manifest.json"])
    return manifest | {"by_slug": {entry["slug"]: entry for entry in manifest["contests"]}}


def test_what_is_in_the_package(mixed):
    made = package.files(mixed())

    assert list(made) == [
        "README.txt",
        "SHA256SUMS",
        "contests/ma-07/ballots.csv",
        "contests/ma-gov/ballots.csv",
        "manifest.json",
    ]


def test_the_file_of_an_endorsed_contest_has_a_line_for_each_ballot(mixed):
    round = mixed()
    rows = list(csv.DictReader(io.StringIO(package.files(round)["contests/ma-07/ballots.csv"].decode())))

    assert len(rows) == 104
    assert [row["line"] for row in rows] == sorted(row["line"] for row in rows)
    assert [[row["option"] for row in rows].count(option) for option in "012"] == [4, 60, 40]
    assert {(row["option"], row["choice"]) for row in rows} == {("0", "Skip this race"), ("1", "Yes"), ("2", "No")}


def test_the_file_of_a_nearly_unanimous_contest_has_codes_only(mixed):
    rows = package.files(mixed())["contests/ma-gov/ballots.csv"].decode().splitlines()

    assert rows[0] == "line"
    assert len(rows) == 101
    assert all(len(row) == 26 for row in rows[1:])


def test_the_manifest_says_what_is_withheld_by_which_rule(mixed):
    by_slug = manifest_of(package.files(mixed()))["by_slug"]

    assert {slug: entry["withheld"] for slug, entry in by_slug.items()} == {
        "ma-07": [],
        "ma-sen": ["policy"],
        "ma-gov": ["alike"],
    }
    withheld = by_slug["ma-sen"]
    assert (withheld["outcome"], withheld["votes"], withheld["shares"], withheld["ballots"]) == ("", {}, {}, None)
    assert "file" not in withheld
    assert len(withheld["commitment"]) == 64
    assert by_slug["ma-gov"]["votes"] == {}


def test_the_manifest_holds_the_rule_and_the_figures(mixed):
    made = package.files(mixed())
    manifest = manifest_of(made)
    entry = manifest["by_slug"]["ma-07"]

    assert manifest["rule"]["threshold"] == 6000
    assert manifest["rule_in_words"].startswith("To be endorsed, a candidate needs at least 60%")
    figures = ("eligible", "envelopes", "opened", "voided", "ballots", "skipped", "turnout", "outcome")
    assert [entry[name] for name in figures] == [1000, 104, 104, 0, 100, 4, "10%", "endorsed"]
    assert (entry["votes"], entry["shares"]) == ({"1": 60, "2": 40}, {"1": "60%", "2": "40%"})
    assert entry["file"] == {
        "path": "contests/ma-07/ballots.csv",
        "sha256": hashlib.sha256(made["contests/ma-07/ballots.csv"]).hexdigest(),
        "lines": "options",
    }
    assert [option["endorses"] for option in entry["options"]] == [
        None,
        Candidacy.objects.get(options__contest__race__office="house", options__number=1).name,
        None,
    ]


def test_the_manifest_counts_who_was_struck_from_the_roll(mixed):
    round = mixed()
    assert manifest_of(package.files(round))["struck"] == 0
    for other in (round, round, RoundFactory()):
        Strike.objects.create(round=other, member=MemberFactory(), reason="No member.", struck_at=START)

    assert manifest_of(package.files(round))["struck"] == 2


def test_the_groups_get_the_contest_that_was_not_endorsed(mixed):
    round = mixed()
    made = package.files(round, Audience.GROUPS)

    assert "contests/ma-sen/ballots.csv" in made
    assert manifest_of(made)["by_slug"]["ma-sen"]["votes"] == {"1": 40, "2": 60}
    with pytest.raises(ValueError, match="no package"):
        package.files(round, Audience.TELLERS)


def test_before_the_announcement_the_public_package_says_nothing():
    result = counted({1: 60, 2: 40})
    made = package.files(result.contest.round)

    assert list(made) == ["README.txt", "SHA256SUMS", "manifest.json"]
    [entry] = manifest_of(made)["contests"]
    assert (entry["withheld"], entry["outcome"], entry["votes"]) == (["early"], "", {})


def test_the_same_result_makes_the_same_bytes(mixed):
    round = mixed()
    made = package.files(round)
    with override("es"):
        again = package.files(round)

    assert made == again
    assert package.zipped(made, "x") == package.zipped(again, "x")
    assert package.fingerprint(made) == hashlib.sha256(made["SHA256SUMS"]).hexdigest()


def test_sha256sums_lists_every_other_file(mixed):
    made = package.files(mixed())
    listed = dict(reversed(row.split("  ")) for row in made["SHA256SUMS"].decode().splitlines())

    assert listed == {
        path: hashlib.sha256(content).hexdigest() for path, content in made.items() if path != "SHA256SUMS"
    }


def test_a_candidate_s_name_is_no_formula(at):
    result = counted({1: 60, 2: 40, 3: 0}, candidates=2)
    Candidacy.objects.filter(options__contest=result.contest, options__number=1).update(name="=1+cmd|' /C calc'!A0")
    Candidacy.objects.filter(options__contest=result.contest, options__number=2).update(name='  @SUM(1), "Bo"')
    made = package.files(announce(result.contest.round, at))
    rows = list(csv.DictReader(io.StringIO(made["contests/ma-07/ballots.csv"].decode())))

    assert {row["choice"] for row in rows} == {"'=1+cmd|' /C calc'!A0", '\'  @SUM(1), "Bo"'}
    assert len(rows) == 100


def test_as_many_queries_for_three_contests_as_lines_ask_for(mixed, django_assert_num_queries):
    round = mixed()

    # Five for the contests, one per file that is shown, one for the key's fingerprint, one for who was struck.
    with django_assert_num_queries(7):
        package.files(round)


def test_no_split_of_a_tiny_contest_can_be_told_from_its_neighbors_in_any_text(db):
    """All splits of 0 to 60 ballots (F25): what page, letter and manifest may say of the close ones is one text."""
    contest = counted({1: 30, 2: 30}).contest
    alike = defaultdict(set)
    for ballots in range(61):
        for yes in range(ballots + 1):
            votes = {1: yes, 2: ballots - yes}
            apart = min(votes.values())
            shown = Publication(**figures(votes, roll=1000, skipped=0))
            texts = json.dumps(package.entry_of(contest, shown)), shown.sentence, shown.lines
            if ballots < 10:
                alike["few"].add(texts)
            elif apart < 3 or apart * 100 < 3 * ballots:
                alike[ballots // 10, yes > ballots - yes].add(texts)
            else:
                assert shown.votes == votes
    assert len(alike) == 1 + 2 * 6
    assert {key: len(texts) for key, texts in alike.items()} == dict.fromkeys(alike, 1)


# Find my line


def test_a_voter_finds_the_line_that_her_receipt_named(at, set_clock):
    round, [contest], entries = polls(voters=14, turnout_min_votes=1)
    set_clock(round.voting_opens_at + timedelta(hours=1))
    nonces = [bytes([number]) * 16 for number in range(14)]
    for number, entry in enumerate(entries):
        vote(entry, option=1 if number < 10 else 2, nonce=nonces[number])
    told = [casting.lines(entry, nonce)[contest.pk] for entry, nonce in zip(entries, nonces, strict=True)]
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.POLLS_CLOSED)
    round.refresh_from_db()
    opening.open_step(round, now=round.voting_closes_at)
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.COUNTED)
    announce(round, at)
    rows = package.files(round)["contests/ma-07/ballots.csv"].decode().splitlines()

    for number, text in enumerate(told):
        [found] = package.find_line(round, text)
        assert (found.contest, found.line, found.choice) == (contest, text, "Yes" if number < 10 else "No")
        assert rows[found.number] == f"{text},{1 if number < 10 else 2},{found.choice}"


def test_a_line_is_found_however_it_is_typed(mixed):
    round = mixed()
    contest = round.contests.get(race__office="house")
    text = line(contest, 3).hex()
    typed = f"  {text[:6].upper()}-{text[6:10]} {text[10:]} ".replace("0", "O").replace("1", "l")

    assert package.find_line(round, typed) == package.find_line(round, text) != []


def test_a_line_of_a_contest_that_is_withheld_is_not_found(mixed):
    round = mixed()
    senate = round.contests.get(race__office="senate")
    text = line(senate, 0).hex()

    assert package.find_line(round, text) == []
    assert [found.contest for found in package.find_line(round, text, audience=Audience.GROUPS)] == [senate]


def test_a_line_without_choice_is_found_without_choice(mixed):
    round = mixed()
    governor = round.contests.get(race__office="governor")

    [found] = package.find_line(round, line(governor, 99).hex())
    assert found.choice == ""


@pytest.mark.parametrize("typed", ["", "abc", "x" * 26, "0" * 27, "\x00" * 26, "é" * 26, "9" * 100_000])
def test_what_can_not_be_a_line_is_refused_with_a_sentence(mixed, typed):
    with pytest.raises(Refusal, match="26 letters and digits"):
        package.find_line(mixed(), typed)


def test_a_line_that_is_nobody_s_is_not_found(mixed):
    assert package.find_line(mixed(), "0" * 26) == []
    assert openedballots.places_of(bytes(13), [Result.objects.first().contest_id]) == {}
    assert openedballots.places_of(bytes(13), []) == {}


# The command


def test_export_result_writes_the_files(mixed, tmp_path, capsys):
    made = package.files(mixed())
    call_command("export_result", "2026-spring", str(tmp_path / "out"))

    assert {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    } == made
    assert package.fingerprint(made) in capsys.readouterr().out


def test_export_result_writes_one_zip(mixed, tmp_path):
    made = package.files(mixed(), Audience.GROUPS)
    call_command("export_result", "2026-spring", str(tmp_path), "--groups", "--zip")

    with zipfile.ZipFile(tmp_path / "2026-spring.zip") as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {
            f"2026-spring/{path}": content for path, content in made.items()
        }


def test_export_result_says_what_is_wrong(mixed, tmp_path):
    with pytest.raises(CommandError, match="no round “nowhere”"):
        call_command("export_result", "nowhere", str(tmp_path))
    mixed()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="can't be written"):
        call_command("export_result", "2026-spring", str(tmp_path / "file"))
