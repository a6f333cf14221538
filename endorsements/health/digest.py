"""The morning digest: one letter a day about each round under way, to those who steer rounds (ux.md 4, letter 22).

It says where the round is, what is wrong and how far things are. Like the desk it never says how anybody voted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from endorsements import lifecycle
from endorsements.control_room import figures
from endorsements.health import watching
from journal.wording import in_zone, until
from keys import origin
from mailings import queue, unseen
from mailings.models import Letter
from rounds.models import Nomination, Round
from vetting import waiting
from vetting.models import Response

DIGEST_LETTER = "endorsements.digest"
SECONDS = 60
# On the federation's clock (settings.TIME_ZONE): from then, and no more from then on.
BEGINS, ENDS = time(7), time(12)
# From nominations open to results published; the morning of the announcement is the last.
STAGES = [
    Round.Stage.NOMINATING,
    Round.Stage.VETTING,
    Round.Stage.FROZEN,
    Round.Stage.VOTING,
    Round.Stage.POLLS_CLOSED,
    Round.Stage.COUNTED,
    Round.Stage.CERTIFIED,
]
# So many races below their floor are named.
MOST = 10


# When.


def morning_of(now) -> tuple[datetime, datetime]:
    """From when to when today's digest may be written, by the federation's clock."""
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    begins, ends = (datetime.combine(today, at, zone).astimezone(UTC) for at in (BEGINS, ENDS))
    return begins, ends


def write_due(now) -> int:
    """Write the digest of each round that had begun by seven and has none today; how many letters are new.

    However often and late the clock comes until noon, a round's morning has one digest; after that it is left out.
    """
    begins, ends = morning_of(now)
    if not begins <= now < ends:
        return 0
    day = begins.astimezone(ZoneInfo(settings.TIME_ZONE)).toordinal()
    written = Letter.objects.filter(name=DIGEST_LETTER, wave=day).values("subject")
    begun = Round.objects.filter(stage__in=STAGES, nominations_open_at__lte=begins, rehearsal=False)
    under_way = begun.exclude(pk__in=written)
    rounds = list(under_way.order_by("pk"))
    if not rounds:
        return 0
    staff = list(watching.those_who_steer().values_list("pk", flat=True))
    about = {"topic": "digest", "wave": day, "now": now, "expires": ends}
    return sum(queue.enqueue(DIGEST_LETTER, seats=staff, subject=round.pk, **about) for round in rounds)


# What it says.


@dataclass(frozen=True)
class Number:
    """One line of numbers: what it counts, in words with what it is out of, and the list behind it."""

    label: str
    words: str
    url: str


def context_of(round, now) -> dict:
    """All that the digest of a round says at this instant, in the desk's language."""
    to, when = lifecycle.NEXT.get(round.stage, (None, None))
    due = when(round) if when else None
    alarms = watching.standing(now, round)
    return {
        "round_name": round.name,
        "stage": round.get_stage_display(),
        "paused": round.paused_since is not None,
        "next": Round.Stage(to).label if to else "",
        "due": in_zone(due, round.time_zone),
        "left": until(due, now),
        "alarms": [told(one, now) for one in alarms],
        "needs": needs(len(alarms)),
        "numbers": [*nominations(round), *answers(round, now), *letters(round), *turnout(round)],
        "desk": room(round),
    }


def needs(number) -> str:
    """What the subject says of the alarms."""
    if not number:
        return _("nothing is wrong")
    return ngettext("%(n)d thing is wrong", "%(n)d things are wrong", number) % {"n": number}


def told(alarm, now) -> dict:
    """An alarm with its age and whose it is."""
    if alarm.owner:
        owner = _("%(name)s has taken it: %(reason)s") % {"name": alarm.owner, "reason": alarm.reason}
    else:
        owner = _("Nobody has taken it.")
    age = until(now, alarm.since)
    return {
        "sentence": alarm.sentence,
        "age": _("For %(age)s.") % {"age": age} if age else "",
        "owner": owner,
        "url": absolute(alarm.url) if alarm.url else "",
    }


def nominations(round):
    came = Nomination.objects.filter(candidacy__round=round).exclude(state=Nomination.State.DRAFT)
    found = came.aggregate(
        all=Count("pk"),
        accepted=Count("pk", filter=Q(state=Nomination.State.ACCEPTED)),
        waiting=Count("pk", filter=Q(state=Nomination.State.SUBMITTED)),
    )
    if not found["all"]:
        return
    listed = reverse("admin:rounds_nomination_changelist") + f"?cycle__id__exact={round.cycle_id}"
    yield Number(_("Nominations accepted"), part(found["accepted"], found["all"]), absolute(listed))
    if found["waiting"]:
        url = absolute(f"{listed}&state__exact={Nomination.State.SUBMITTED.value}")
        yield Number(_("Nominations that wait for you"), part(found["waiting"], found["all"]), url)


def answers(round, now):
    """The questionnaires before the freeze, those at the greatest risk first."""
    if round.stage not in Round.BEFORE_FREEZE:
        return
    out = Response.objects.filter(candidacy__round=round, sent_at__isnull=False)
    awaited = Response.objects.awaited().filter(candidacy__round=round)
    asked, late = out.count(), awaited.filter(due_at__lt=now).count()
    if not asked:
        return
    soon = awaited.filter(due_at__gte=now, due_at__lte=now + waiting.SOON)
    unopened = soon.filter(answers=None).count()
    counted = [
        (_("Questionnaires overdue"), late),
        (_("Questionnaires due within 48 hours, nothing answered"), unopened),
        (_("Questionnaires due within 48 hours, begun"), soon.count() - unopened),
        (_("Questionnaires with more time"), awaited.count() - late - soon.count()),
        (_("Questionnaires answered"), out.filter(submitted_at__isnull=False).count()),
    ]
    for label, number in counted:
        if number:
            yield Number(label, part(number, asked), f"{room(round)}#panel-questionnaires")


def letters(round):
    counts = [unseen.told(name, states) for name, states in queue.counts(round.topic).items()]
    whole = sum(sum(states.values()) for states in counts)
    if not whole:
        return
    state = Letter.State
    names = [
        (_("Letters sent"), [state.SENT]),
        (_("Letters that wait"), Letter.OPEN),
        (_("Letters refused or set aside"), [state.FAILED, state.SET_ASIDE]),
    ]
    url = absolute(reverse("admin:mailings_letter_changelist") + f"?q={round.topic}")
    for label, some in names:
        number = sum(states.get(one, 0) for states in counts for one in some)
        if number or some == [state.SENT]:
            yield Number(label, part(number, whole), url)


def turnout(round):
    """Ballots against the floor as anybody may know them: rounded down, late, hidden while they are few."""
    if round.stage not in Round.WITH_ROLL:
        return
    rows, _mailed = figures.voted_and_mailed(round)
    # Of a hidden one nobody is told more than that it is under 20, whatever its floor.
    below = [row for row in rows if row.mark and (row.hidden or row.number < row.mark)]
    if rows:
        yield Number(_("Races over their turnout floor"), part(len(rows) - len(below), len(rows)), room(round))
    for row in below[:MOST]:
        said = _("%(ballots)s; %(floor)s") % {"ballots": row.words, "floor": row.note}
        yield Number(_("Turnout in %(race)s") % {"race": row.label}, said, room(round))
    if len(below) > MOST:
        more = ngettext("%(n)d more race", "%(n)d more races", len(below) - MOST) % {"n": len(below) - MOST}
        yield Number(_("Not over the floor yet"), more, room(round))


def part(number, whole) -> str:
    """12 of 40."""
    return figures.Row("", number, whole).words


def room(round) -> str:
    return absolute(reverse("admin:rounds_round_change", args=[round.pk]))


def absolute(path) -> str:
    return origin.desk_url() + path
