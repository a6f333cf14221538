"""The alarms in one list: found by the clock, kept while they stand, told by letter once as they begin and once after.

Each is found in its own room: of letters voting/alarms.py, of what a vote lacks voting/shortfalls.py, of the clock
timekeeping.py, of backups backups.py. Who looks at a page is shown what is kept, and of the clock what is so at this
instant: while nothing ticks, nobody keeps anything.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from endorsements.health import backups, timekeeping
from endorsements.models import StandingAlarm
from endorsements.refusals import Refusal
from groups.models import User
from journal import book, ticks
from mailings import queue
from rounds.models import Round
from voting import alarms, shortfalls
from voting.alarms import Alarm

BEGAN_LETTER, OVER_LETTER = "endorsements.alarm", "endorsements.alarm_over"
SECONDS = 30
# What comes and goes within minutes is one alarm, not one letter each time.
SETTLED = timedelta(minutes=5)
# The greatest harm first: what breaks trust, then what keeps votes away, then what may yet be mended in time.
KINDS = {
    timekeeping.CHANGED: _("Changed past the program"),
    timekeeping.SILENT: _("The clock stands still"),
    alarms.NOTHING_SENT: _("Open, and nothing mailed"),
    alarms.NO_BALLOTS: _("Ballots do not come in"),
    alarms.STOPPED: _("Letters are stopped"),
    alarms.STALLED: _("The line of letters stands still"),
    alarms.LATE: _("Ballot letters are late"),
    shortfalls.NOT_ESCROWED: _("Keys are not escrowed"),
    timekeeping.SKEWED: _("Clocks are apart"),
    alarms.COMPLAINED: _("Many complaints"),
    alarms.BOUNCED: _("Many letters came back"),
    backups.OLD: _("The last backup is old"),
    shortfalls.SMALL_ROLL: _("A roll under the floor"),
    shortfalls.NO_LANGUAGE: _("A language is missing"),
}
ORDER = {kind: at for at, kind in enumerate(KINDS)}
OF_THE_CLOCK = [timekeeping.CHANGED, timekeeping.SILENT, timekeeping.SKEWED]
log = logging.getLogger(__name__)


# What the clock does.


def watch(now) -> int:
    """Look at the house and at every live round; how many alarms began or ended. Twice at once is once."""
    standing = StandingAlarm.objects.filter(over_at=None, round__isnull=False).values("round")
    rounds = Round.objects.filter(~Q(stage__in=[Round.Stage.DRAFT, *Round.ENDED]) | Q(pk__in=standing)).order_by("pk")
    changed = 0
    for round in [None, *rounds]:
        try:
            changed += compare(round, found(round, now), now)
        except Exception:  # one round's fault must not hide what is wrong with the others
            log.exception("The alarms of round %s could not be looked at", round and round.pk)
    return changed


def found(round, now) -> list[Alarm]:
    """What is wrong with a round at this instant, or with the house (None), in the desk's language."""
    with translation.override("en"):
        if round is None:
            age, _apart = ticks.heard(now)
            if age is None:
                return []  # a house where nothing ticked yet has not begun
            return [*timekeeping.found(now), *backups.found(now)]
        if round.stage in Round.ENDED:
            return []
        return [*alarms.found(round, now), *shortfalls.found(round, now)]


def note_silence(now) -> None:
    """Keep that the clock stood still, before its own tick ends the silence: else nobody would hear of it."""
    age = ticks.age(now)
    if age is not None:
        with translation.override("en"):
            for alarm in timekeeping.silent(age, now):
                begin(None, alarm, now=now)


def compare(round, wrong, now) -> int:
    """Begin what is new, go on with what is found again, end what has not been found for a while; how many changed."""
    standing = {(one.kind, one.about): one for one in StandingAlarm.objects.filter(round=round, over_at=None)}
    changed = 0
    for alarm in wrong:
        kept = standing.pop((alarm.kind, alarm.about), None)
        if kept is None:
            changed += begin(round, alarm, now=now)
        elif (kept.sentence, kept.url, kept.missed_at) != (alarm.sentence, alarm.url, None):
            again = {"sentence": alarm.sentence, "url": alarm.url, "missed_at": None}
            StandingAlarm.objects.filter(pk=kept.pk, over_at=None).update(**again)
    for kept in standing.values():
        if kept.missed_at is None:
            StandingAlarm.objects.filter(pk=kept.pk, over_at=None, missed_at=None).update(missed_at=now)
        elif kept.missed_at <= now - SETTLED:
            changed += end(kept, now=now)
    return changed


def begin(round, alarm, *, now) -> bool:
    """Keep an alarm and write to those who steer rounds; False where it stands already."""
    with transaction.atomic():
        kept, made = StandingAlarm.objects.get_or_create(
            round=round,
            kind=alarm.kind,
            about=alarm.about,
            over_at=None,
            defaults={"sentence": alarm.sentence, "url": alarm.url, "since": min(alarm.since or now, now)},
        )
        if made:
            write(BEGAN_LETTER, kept, now)
    return made


def end(kept, *, now) -> bool:
    """Say that an alarm is over; False where somebody was faster. A look that found it again goes before."""
    with transaction.atomic():
        over = StandingAlarm.objects.filter(pk=kept.pk, over_at=None, missed_at=kept.missed_at).update(over_at=now)
        if over:
            write(OVER_LETTER, kept, now)
    return bool(over)


def write(name, kept, now):
    """A letter about one alarm to each who steers rounds: the post room keeps it once a person."""
    queue.enqueue(name, seats=those_who_steer().values_list("pk", flat=True), now=now, topic="alarms", subject=kept.pk)


def those_who_steer():
    """Staff who may steer a round: they get the alarms and the morning digest."""
    may = Q(is_superuser=True)
    for permissions in ("user_permissions", "groups__permissions"):
        may |= Q(**{f"{permissions}__codename": "steer_round", f"{permissions}__content_type__app_label": "rounds"})
    return User.objects.filter(may, is_active=True, is_staff=True).distinct()


# What staff do.


def see(alarm, *, by, now, reason) -> bool:
    """Take an alarm, with what one does about it; it stands until it is over. False where somebody was faster.

    Whoever took it before stands in the journal. Refusal for one that is over.
    """
    if alarm.over_at is not None:
        raise Refusal(gettext("This alarm is over. There is nothing to take any more."))
    with transaction.atomic():
        standing = StandingAlarm.objects.filter(pk=alarm.pk, over_at=None, seen_by=alarm.seen_by, seen_at=alarm.seen_at)
        if not standing.update(seen_by=by, seen_at=now, seen_reason=reason):
            return False
        before = {"by": str(alarm.seen_by)} if alarm.seen_by else None
        after = {"kind": alarm.kind, "sentence": alarm.sentence}
        subject = alarm.round or "clock"
        book.record("alarm.seen", subject, by=by, now=now, reason=reason, before=before, after=after)
    alarm.refresh_from_db()
    return True


# What pages and letters show.


@dataclass(frozen=True)
class Shown:
    """One alarm as the desk shows it. pk is None for one that the clock, standing still, has not kept."""

    kind: str
    sentence: str
    url: str
    since: datetime
    round: Round | None = None
    pk: int | None = None
    missed_at: datetime | None = None
    owner: str = ""
    seen_at: datetime | None = None
    reason: str = ""

    @property
    def label(self) -> str:
        return str(KINDS.get(self.kind, self.kind))


def standing(now, round=None) -> list[Shown]:
    """What stands, the greatest harm first and the oldest of it: of one round and the house, or of all rounds."""
    kept = StandingAlarm.objects.filter(over_at=None).select_related("round", "seen_by")
    if round is not None:
        kept = kept.filter(Q(round=round) | Q(round=None))
    rows = list(kept)
    told = {(one.kind, one.about): one for one in rows if one.round_id is None}
    shown = [shown_of(one) for one in rows if one.round_id is not None or one.kind not in OF_THE_CLOCK]
    for alarm in timekeeping.found(now):
        row = told.get((alarm.kind, alarm.about))
        shown.append(
            shown_of(row, sentence=alarm.sentence)
            if row
            else Shown(alarm.kind, alarm.sentence, alarm.url, min(alarm.since or now, now))
        )
    return sorted(shown, key=lambda one: (ORDER.get(one.kind, len(ORDER)), one.since, one.sentence))


def shown_of(row, sentence="") -> Shown:
    return Shown(
        row.kind,
        sentence or row.sentence,
        row.url,
        row.since,
        round=row.round,
        pk=row.pk,
        missed_at=row.missed_at,
        owner=str(row.seen_by) if row.seen_by else "",
        seen_at=row.seen_at,
        reason=row.seen_reason,
    )
