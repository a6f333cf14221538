"""The public extract of a round's journal: what staff and the clock decided in it, without a name.

What stands in it is a stated list (extract_words.VERBS); all else is left out and counted. Until the announcement
nothing about results is counted either, and nothing about people that came after the close of the vote: how many
entries there are would tell how many were endorsed.
"""

import csv
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO

from django.core.cache import cache
from django.db.models import BooleanField, CharField, Count, F, Q, Value
from django.db.models.functions import Cast, Concat, Lower
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from endorsements.health import verifying
from endorsements.models import Endorsement, Verification
from endorsements.public import extract_words
from groups.models import Member, User
from journal import book, reading
from journal.models import Entry
from journal.spreadsheets import harmless
from journal.wording import day_words, in_zone, time_words, zone_words
from rounds.models import Candidacy, Contest, Nomination, Round
from vetting.models import Response
from voting.models import Result

SECONDS = 300
ANNOUNCED = [Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED]
# Of a contest, and still about one voter.
OF_ONE_PERSON = ["ballot.voided"]


@dataclass(frozen=True)
class Line:
    """What one entry says, or several alike of one day: when, by whom, what, and why where that is public."""

    at: datetime
    who: str
    words: str
    reason: str = ""
    kept_back: bool = False  # there is a reason, and it might name somebody


@dataclass(frozen=True)
class Close:
    """The end of a day of the whole journal: when the clock wrote it, and the chain's hash then."""

    key: int
    at: datetime
    hash: str


@dataclass(frozen=True)
class Story:
    """The public entries of a round, oldest first, with the contests that each is about and what may be shown."""

    entries: list[Entry]
    contests: dict[str, str]  # {subject: the contest in words}
    names: set[str]  # of people, in small letters, that the reasons might hold
    closes: list[Close]
    ended: int | None  # the key of the entry that closed the vote


def page_of(round) -> dict:
    """What the page of a round's extract shows; kept for some minutes in each language."""
    return kept("page", round, page)


def csv_of(round) -> str:
    """The extract as a table, one line for each entry and each end of a day; kept for some minutes."""
    return kept("csv", round, table)


def kept(name, round, make):
    key = f"extract:{name}:{round.pk}:{round.stage}:{get_language()}"
    found = cache.get(key)
    if found is None:
        found = make(round)
        cache.set(key, found, SECONDS)
    return found


def page(round) -> dict:
    """The days with their lines and the hash at their end; what was left out; when the chain was last checked."""
    story, checked = story_of(round), Verification.objects.first()
    days: dict = {}
    for entry in story.entries:
        days.setdefault(entry.at.astimezone(round.zone).date(), []).append(entry)
    return {
        "days": [
            {
                "day": day_words(day),
                "lines": [
                    (f"{time_words(line.at.astimezone(round.zone))} {zone_words(round.time_zone)}", line)
                    for line in lines_of(entries, story, round)
                ],
                "close": close_after(entries[-1], story),
            }
            for day, entries in days.items()
        ],
        "left_out": left_out_words(round),
        "checked": in_zone(checked.at, round.time_zone) if checked else "",
        "whole": checked is not None and not checked.wrong,
    }


def close_after(entry, story) -> Close | None:
    """The first end of a day after an entry; None until it comes."""
    place = bisect_left([close.key for close in story.closes], entry.pk)
    return story.closes[place] if place < len(story.closes) else None


def closes_of(story) -> list[Close]:
    """The ends of days from the first of a round's entries to the one after its last."""
    if not story.entries:
        return []
    first, last = story.entries[0].pk, close_after(story.entries[-1], story)
    return [close for close in story.closes if close.key > first and (last is None or close.key <= last.key)]


def table(round) -> str:
    """A header, a line for each entry, one for each end of a day, and at the end what was left out."""
    story, rows = story_of(round), []
    for entry in story.entries:
        [line] = lines_of([entry], story, round)
        rows.append((entry.at, [line.who, line.words, line.reason, ""]))
    ends = _("The clock closed the day in the whole journal.")
    for close in closes_of(story):
        rows.append((close.at, [str(extract_words.CLOCK), ends, "", close.hash]))
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(["at", "who", "what", "why", "hash"])
    for at, cells in sorted(rows, key=lambda row: row[0]):
        writer.writerow([at.astimezone(UTC).isoformat(timespec="seconds"), *map(harmless, cells)])
    for words in left_out_words(round):
        writer.writerow(["", "", words, "", ""])
    return file.getvalue()


def lines_of(entries, story, round) -> Iterator[Line]:
    """The lines of a day: each entry about the round by itself, those alike about contests together."""
    alike: dict = {}
    for entry in entries:
        reason, kept_back = reason_of(entry, story)
        about = story.contests.get(entry.subject)
        said = (entry.verb, entry.actor == "clock", extract_words.words_of(entry), reason, kept_back)
        key = said if about else entry.pk
        alike.setdefault(key, (entry, reason, kept_back, []))[3].append(about)
    for entry, reason, kept_back, about in alike.values():
        contests = list(dict.fromkeys(name for name in about if name))
        words = extract_words.sentence(entry, contests, round.time_zone)
        role, _words = extract_words.words_of(entry)
        yield Line(entry.at, extract_words.who(entry, role), words, reason, kept_back)


def reason_of(entry, story) -> tuple[str, bool]:
    """(the reason as the public may read it, whether there is one that is kept back).

    None is shown that was given after the close of the vote: some staff know results then.
    """
    if entry.verb not in extract_words.WITH_REASON or not entry.reason.strip():
        return "", False
    if entry.verb == "round.stage" and entry.after.get("stage") != Round.Stage.CANCELLED:
        return "", False
    late = story.ended is not None and entry.pk > story.ended
    if late or not extract_words.fit(entry.reason, story.names):
        return "", True
    return entry.reason.strip(), False


def story_of(round) -> Story:
    """All that the extract says of a round, read together."""
    contests = {
        book.subject_of(contest): str(contest.race)
        for contest in Contest.objects.filter(round=round).select_related("race__place__state", "race__cycle")
    }
    ours = Q(subject__in=[book.subject_of(round), *contests], verb__in=extract_words.VERBS)
    closes = Q(subject=verifying.JOURNAL, verb=verifying.CLOSED)
    found = list(Entry.objects.filter(ours | closes).order_by("id"))
    entries = [entry for entry in found if entry.verb != verifying.CLOSED and extract_words.words_of(entry) is not None]
    stage = {entry.after["stage"]: entry.pk for entry in entries if entry.verb == "round.stage"}
    return Story(
        entries=entries,
        contests=contests,
        names=names_in([entry.reason for entry in entries if entry.verb in extract_words.WITH_REASON]),
        closes=[Close(entry.pk, entry.at, entry.hash) for entry in found if entry.verb == verifying.CLOSED],
        ended=stage.get(Round.Stage.POLLS_CLOSED),
    )


def names_in(reasons) -> set[str]:
    """The names that these reasons might hold, in small letters: any part of a staffer's, the whole of others'."""
    said = {phrase for reason in reasons for phrase in extract_words.phrases(reason)}
    if not said:
        return set()
    # SQLite makes small letters of A to Z alone, so both spellings are asked for.
    said |= {phrase.casefold() for phrase in said} | {phrase.lower() for phrase in said} | set(map(ascii_small, said))
    staff = Q(is_staff=True) | Q(is_superuser=True)
    users = User.objects.alias(small=Lower("name")).filter(staff | Q(small__in=said))
    members = Member.objects.alias(first_key=Lower("first_name"), last_key=Lower("last_name")).filter(
        first_key__in=said, last_key__in=said
    )
    no = Value(False, output_field=BooleanField())
    whole = Concat(F("first_name"), Value(" "), F("last_name"), output_field=CharField())
    rows = (
        users.order_by()
        .values_list("name", "is_staff")
        .union(members.order_by().annotate(whole=whole, no=no).values_list("whole", "no"))
    )
    names = set()
    for name, is_staff in rows:
        words = extract_words.WORD.findall(name.casefold())
        names |= {" ".join(words), *(words if is_staff else [])}
    return names - {""}


def ascii_small(text) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


# What is left out


def left_out_words(round) -> list[str]:
    """What was left out, in sentences: entries about single people, and those about the work behind the scenes."""
    people, rest = left_out(round)
    said = []
    if people:
        said.append(
            ngettext(
                "And %(n)s entry about single people, groups or campaigns, which is not shown.",
                "And %(n)s entries about single people, groups or campaigns, which are not shown.",
                people,
            )
            % {"n": f"{people:,}"}
        )
    if rest:
        said.append(
            ngettext(
                "And %(n)s entry about the work behind it, which is not shown.",
                "And %(n)s entries about the work behind it, which are not shown.",
                rest,
            )
            % {"n": f"{rest:,}"}
        )
    return said


def left_out(round) -> tuple[int, int]:
    """(entries about single people, all others) of a round that its extract does not show."""
    announced = round.stage in ANNOUNCED
    contests = subjects(Contest, round=round)
    whole = [Entry.objects.filter(subject=book.subject_of(round)), Entry.objects.filter(subject__in=contests)]
    people = [
        Entry.objects.filter(subject__in=subjects(model, **of_the_round))
        for model, of_the_round in (
            (Candidacy, {"round": round}),
            (Nomination, {"candidacy__round": round}),
            (Response, {"candidacy__round": round}),
            (Endorsement, {"round": round}),
        )
    ]
    people = [rows.exclude(verb__in=reading.VERBS) for rows in people]
    people.append(whole[1].filter(verb__in=OF_ONE_PERSON))
    rest = [rows.exclude(verb__in=[*extract_words.VERBS, *OF_ONE_PERSON]) for rows in whole]
    if announced:
        rest.append(Entry.objects.filter(subject__in=subjects(Result, contest__round=round)))
    else:
        people = [rows.filter(at__lt=round.voting_closes_at) for rows in people]
        rest = [rows.filter(at__lt=round.voting_closes_at) for rows in rest]
    parts = [one for rows, kind in ((people, "people"), (rest, "rest")) for one in numbers(rows, kind)]
    counts = {"people": 0, "rest": 0}
    for kind, number in parts[0].union(*parts[1:], all=True):
        counts[kind] += number
    return counts["people"], counts["rest"]


def numbers(several, kind):
    """For each of these queries one that gives (kind, how many)."""
    for rows in several:
        yield (
            rows.order_by()
            .annotate(kind=Value(kind, output_field=CharField()))
            .values("kind")
            .annotate(number=Count("pk"))
            .values_list("kind", "number")
        )


def subjects(model, **of_the_round):
    """What the journal calls each of these rows, as a query."""
    name = Value(f"{model._meta.model_name}:")
    key = Concat(name, Cast("pk", CharField()), output_field=CharField())
    return model._base_manager.filter(**of_the_round).order_by().annotate(key=key).values("key")


def file_name(round) -> str:
    return f"round-{round.slug}-journal.csv"
