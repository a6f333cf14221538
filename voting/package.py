"""The package of a round: files from which anybody recounts it, and a voter finds her line (trust.md 2.4)."""

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from journal.spreadsheets import harmless
from rounds.models import Contest
from rounds.rule import in_words, rule_of
from voting import ceremony, openedballots, records
from voting.models import Strike
from voting.publication import Audience, Lines, of_round
from voting.refusals import Refusal

FORMAT = "endorsement-round/1"
SUMS = "SHA256SUMS"
# The instant inside the zip: the same files make the same bytes, whenever they are packed.
PACKED_AT = (1980, 1, 1, 0, 0, 0)

README = """\
{federation}: {round}

manifest.json      The round's rule, and for each contest how many could vote, how many envelopes were in the box,
                   the commitment made to them before opening, what came out, and what is withheld by which rule;
                   how many members staff struck from the roll before its freeze, and how many ballots were voided.
contests/…/ballots.csv
                   The opened ballots of one contest, one line each, sorted by line code. The code says nothing about
                   the voter. Where the rules withhold the choices, only the codes stand here, or there is no file.
SHA256SUMS         The SHA-256 of every other file. Compare its own with the one printed on the round's page.

The rule: {rule}

Recount it yourself, with nothing but Python:   python recount.py FOLDER-OR-ZIP
Find your line: look for your line code in the ballots.csv of your contest.

What is withheld, and why:
early          Not before its time.
policy         The round publishes its endorsed contests; of the others only the commitment.
void           The contest was stopped or void. Its envelopes were destroyed unopened.
few            Fewer than 10 ballots: only the outcome, so that nobody's vote can be told.
alike          Nearly all ballots were alike: figures are rounded and lines have no choices, for the same reason.
counted_only   The round publishes lines without choices: you can see that you were counted, nobody can see how.
"""


@dataclass(frozen=True)
class Found:
    """Where a voter's line stands."""

    contest: Contest
    number: int  # of the line in ballots.csv, the heading not counted
    line: str
    choice: str  # "" where the file shows lines without choices


def files(round, audience=Audience.PUBLIC) -> dict[str, bytes]:
    """The package's files by path. The same result makes the same bytes, in English whoever asks."""
    audience = Audience(audience)
    if audience not in (Audience.PUBLIC, Audience.GROUPS):
        raise ValueError(f"there is no package for {audience}")
    with override("en"):
        made, entries = {}, []
        for contest, publication in of_round(round, audience):
            entry, lines = entry_of(contest, publication), lines_of(contest, publication)
            if lines is not None:
                path = f"contests/{contest.slug}/ballots.csv"
                made[path] = lines
                entry["file"] = {"path": path, "sha256": hashlib.sha256(lines).hexdigest(), "lines": publication.lines}
            entries.append(entry)
        manifest = {
            "format": FORMAT,
            "federation": settings.FEDERATION_NAME,
            "round": {"name": round.name, "slug": round.slug, "closed_at": round.voting_closes_at.isoformat()},
            "audience": audience.value,
            "rule": rule_of(round),
            "rule_in_words": in_words(rule_of(round)),
            "publish": round.publish,
            "receipt_mode": round.receipt_mode,
            "key_fingerprint": ceremony.fingerprint(round),
            "struck": Strike.objects.filter(round=round).count(),
            "contests": entries,
        }
        made["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
        made["README.txt"] = README.format(
            federation=settings.FEDERATION_NAME, round=round.name, rule=manifest["rule_in_words"]
        ).encode()
    made[SUMS] = sums(made)
    return dict(sorted(made.items()))


def entry_of(contest, publication) -> dict:
    """What the manifest says of one contest: nothing that its publication does not hold."""
    options = [
        {
            "number": option.number,
            "kind": option.kind,
            "label": str(option),
            "endorses": option.candidacy.name if option.candidacy else None,
        }
        for option in sorted(contest.options.all(), key=lambda option: option.number)
    ]
    return {
        "slug": contest.slug,
        "name": contest.race.name,
        "ballot": contest.ballot,
        "options": options,
        "eligible": publication.eligible,
        "envelopes": publication.envelopes,
        "opened": publication.envelopes if publication.lines != Lines.NONE else None,
        "voided": publication.voided,
        "commitment": publication.commitment,
        "outcome": publication.outcome,
        "decided_by_a_person": decided(contest, publication),
        "figures": str(publication.figures),
        "votes": {str(number): votes for number, votes in publication.votes.items()},
        "skipped": publication.skipped,
        "ballots": publication.ballots,
        "shares": {str(number): str(share) for number, share in publication.shares.items()},
        "turnout": publication.turnout,
        "withheld": [str(name) for name in publication.withheld],
    }


def decided(contest, publication) -> bool:
    """Whether a person decided the outcome after review; said only where the outcome is."""
    return bool(publication.outcome and contest.result.decided_by_id)


def lines_of(contest, publication) -> bytes | None:
    """The contest's ballots.csv, or None where no line may be shown."""
    if publication.lines == Lines.NONE:
        return None
    labels = {option.number: str(option) for option in contest.options.all()}
    with_options = publication.lines == Lines.OPTIONS
    # Each option's end of the line is written once: a round may have millions of lines.
    ends = {number: ending(number, label) if with_options else b"\n" for number, label in labels.items()}
    said = bytearray(b"line,option,choice\n" if with_options else b"line\n")
    for line, option in openedballots.opened_lines(contest):
        said += records.line_text(line).encode() + ends[option]
    return bytes(said)


def ending(number: int, label: str) -> bytes:
    """What follows a line's code in the file."""
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\n").writerow(["", number, harmless(label)])
    return table.getvalue().encode()


def sums(made: dict[str, bytes]) -> bytes:
    """SHA256SUMS over the other files, as sha256sum writes it."""
    return "".join(f"{hashlib.sha256(made[path]).hexdigest()}  {path}\n" for path in sorted(made)).encode()


def fingerprint(made: dict[str, bytes]) -> str:
    """What the round's page prints: the SHA-256 of SHA256SUMS, which covers every byte of the package."""
    return hashlib.sha256(made[SUMS]).hexdigest()


def zipped(made: dict[str, bytes], folder: str) -> bytes:
    """The files in one zip under one folder; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(made):
            entry = zipfile.ZipInfo(f"{folder}/{path}", PACKED_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, made[path])
    return packed.getvalue()


def find_line(round, typed: str, *, audience=Audience.PUBLIC) -> list[Found]:
    """Where a typed line code stands in the files this audience may read: usually one place, or none.

    Refusal for a text that can't be one. Nothing of what was typed is kept.
    """
    line = heard(typed)
    shown = {contest.pk: (contest, publication.lines) for contest, publication in of_round(round, audience)}
    found = []
    open_to_it = [pk for pk, (_contest, lines) in shown.items() if lines != Lines.NONE]
    for pk, (number, option) in sorted(openedballots.places_of(line, open_to_it).items()):
        contest, lines = shown[pk]
        labels = {one.number: str(one) for one in contest.options.all()}
        choice = labels[option] if lines == Lines.OPTIONS else ""
        found.append(Found(contest, number, records.line_text(line), choice))
    return found


def heard(typed: str) -> bytes:
    """The line that was meant: capitals or not, with blanks or dashes, O read as 0, I and L as 1."""
    kept = re.sub(r"[\s\-–.]", "", typed).lower().translate(str.maketrans("oil", "011"))
    if not re.fullmatch(r"[0-9a-f]{26}", kept):
        raise Refusal(_("A line code has 26 letters and digits, from 0 to 9 and from a to f. Check what you typed."))
    return bytes.fromhex(kept)
