"""Fingerprints of results in the journal's chain: whoever edits a row of a result is found, by its name.

A fingerprint is a hash of all that the result says, with a salt that stands beside it: before the certification only
tellers know a result, and nobody can guess it from its hash.
"""

import hashlib
import json
import secrets
from datetime import UTC

from django.utils.translation import gettext as _

from journal import book
from voting.models import Result, ResultLine

VERB = "result.fingerprint"
# That a rehearsal's result was taken away with the rest of it (endorsements/rehearsal/wiping.py).
WIPED = "result.wiped"


def write(results, *, now) -> None:
    """Append the fingerprint of each of these results to the journal, in the transaction that changed them."""
    found = Result.objects.filter(pk__in=[result.pk for result in results]).order_by("pk")
    unsalted = list(found.filter(salt=""))
    for result in unsalted:
        result.salt = secrets.token_hex(16)
    Result.objects.bulk_update(unsalted, ["salt"], batch_size=500)
    lines = lines_of(found)
    for result in found:
        book.record(VERB, result, by=None, now=now, after={"fingerprint": of(result, lines.get(result.pk, []))})


def lines_of(results) -> dict[int, list]:
    """{result: [[option, votes]]}: the lines of some results, or of all, in one query."""
    rows = ResultLine.objects.order_by("option_id").values_list("result_id", "option_id", "votes")
    found: dict[int, list] = {}
    for result, option, votes in rows if results is None else rows.filter(result__in=results):
        found.setdefault(result, []).append([option, votes])
    return found


def of(result, lines) -> str:
    """SHA-256 over every column of a result and its lines."""
    said = []
    for field in Result._meta.concrete_fields:
        value = getattr(result, field.attname)
        said.append([field.attname, value.astimezone(UTC).isoformat() if hasattr(value, "astimezone") else value])
    return hashlib.sha256(json.dumps([said, lines], sort_keys=True).encode()).hexdigest()


def wrong() -> list[str]:
    """What was changed past the journal, each in a sentence that names the contest; nothing where all is whole."""
    written = {subject: after["fingerprint"] for subject, after in book.newest(VERB)}
    lines, sentences = lines_of(None), []
    for result in Result.objects.select_related("contest__race__place", "contest__round").order_by("pk"):
        kept = written.pop(book.subject_of(result), None)
        names = {"race": result.contest.race, "round": result.contest.round}
        if kept is None:
            sentences.append(_("The result of %(race)s, %(round)s, is not in the journal.") % names)
        elif kept != of(result, lines.get(result.pk, [])):
            sentences.append(_("The result of %(race)s, %(round)s, was changed past the journal.") % names)
    wiped = {subject for subject, _after in book.newest(WIPED)}
    gone = [subject for subject in written if subject not in wiped]
    return sentences + [_("%(result)s is in the journal and is gone.") % {"result": subject} for subject in gone]
