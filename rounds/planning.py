"""The calendar and the rules of a round: planned from one date, moved, extended, paused (process.md 5)."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from journal import book
from rounds.models import Cycle, Round
from rounds.refusals import Refusal

Stage = Round.Stage

# The dates of a round, in their order.
DATES = [
    "nominations_open_at",
    "nominations_close_at",
    "freeze_at",
    "voting_opens_at",
    "voting_closes_at",
    "announce_at",
]
RULES = [
    "threshold",
    "comparison",
    "turnout_min_votes",
    "turnout_min_share",
    "certification",
    "publish",
    "receipt_mode",
]
# What can be changed with them, until voting opens.
SETTINGS = [*RULES, "second_person", "name", "questionnaire_days"]

# The template, in local days after the opening of nominations (process.md 5).
NOMINATIONS_CLOSE_DAY = 21
FREEZE_DAY, FREEZE_TIME = 33, time(23, 59)
VOTING_DAY, VOTING_TIME = 34, time(20, 0)
ANNOUNCE_DAY, ANNOUNCE_TIME = 40, time(10, 0)
NEXT_ROUND = timedelta(weeks=6)

LEAST_QUESTIONNAIRE = timedelta(hours=7 * 24)
LEAST_VOTING = timedelta(hours=72)
MOST_EXTENSIONS = 2


def default_dates(starts_at, zone) -> dict:
    """The six instants, in UTC, of a round that opens nominations then.

    Days and times are local to the zone; voting lasts 72 elapsed hours, also over a clock change.
    """
    start = starts_at.astimezone(zone)

    def local(day, at):
        return datetime.combine(start.date() + timedelta(days=day), at, tzinfo=zone).astimezone(UTC)

    voting_opens_at = local(VOTING_DAY, VOTING_TIME)
    return {
        "nominations_open_at": starts_at.astimezone(UTC),
        "nominations_close_at": local(NOMINATIONS_CLOSE_DAY, start.time()),
        "freeze_at": local(FREEZE_DAY, FREEZE_TIME),
        "voting_opens_at": voting_opens_at,
        "voting_closes_at": voting_opens_at + LEAST_VOTING,
        "announce_at": local(ANNOUNCE_DAY, ANNOUNCE_TIME),
    }


def new_round(cycle, *, name, starts_at, by, now, rehearsal=False, time_zone=None) -> Round:
    """Make a draft round whose dates and rules follow from one date; all of them can be changed.

    starts_at is aware; time_zone names the zone of the local times (default: the installation's).
    """
    try:
        ZoneInfo(time_zone or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refusal(_("There is no time zone “%(zone)s”.") % {"zone": time_zone}) from None
    round = Round(
        cycle=cycle,
        name=name,
        slug=free_slug(f"{cycle.year}-{slugify(name)}"),
        rehearsal=rehearsal,
        time_zone=time_zone or settings.TIME_ZONE,
    )
    for field, instant in default_dates(starts_at, round.zone).items():
        setattr(round, field, instant)
    check_dates(round)
    with transaction.atomic():
        round.save(force_insert=True)
        book.record("round.planned", round, by=by, now=now, after=dates_of(round))
    round.refresh_from_db()
    return round


def new_rounds(cycle, *, name, starts_at, count, by, now, rehearsal=False) -> list[Round]:
    """So many draft rounds, six weeks from one to the next, all or none."""
    with transaction.atomic():
        return [
            new_round(cycle, name=named, starts_at=start, by=by, now=now, rehearsal=rehearsal)
            for named, start in series(name, starts_at, ZoneInfo(settings.TIME_ZONE), count)
        ]


def series(name, starts_at, zone, count) -> list:
    """The names and openings of so many rounds: "Round 3", "Round 4"; each six weeks on, at the same local time."""
    words, number = name.rstrip("0123456789"), 1
    if words != name:
        number = int(name[len(words) :])
    else:
        words += " "
    names = [name, *(f"{words}{number + more}" for more in range(1, count))]
    start = starts_at.astimezone(zone)
    return [(one, (start + place * NEXT_ROUND).astimezone(UTC)) for place, one in enumerate(names)]


def free_slug(wanted) -> str:
    """The slug, or with the first number behind it that no round has."""
    longest = Round._meta.get_field("slug").max_length
    slug, number = wanted[:longest], 1
    while Round.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{wanted[: longest - 4]}-{number}"
    return slug


def check_dates(round):
    """Raise Refusal unless the dates follow each other and leave everybody her time.

    The minimums (7 x 24 hours between the end of nominations and the freeze, and each campaign's own time;
    72 hours of voting) don't bind rehearsals.
    """
    for earlier, later in itertools.pairwise(DATES):
        if getattr(round, earlier) >= getattr(round, later):
            raise Refusal(
                _("“%(later)s” must come after “%(earlier)s”.")
                % {"later": label_of(later), "earlier": label_of(earlier)}
            )
    if round.rehearsal:
        return
    if round.questionnaire_time < LEAST_QUESTIONNAIRE:
        raise Refusal(_("Each campaign has at least 7 days to answer the questionnaire."))
    if elapsed(round.nominations_close_at, round.freeze_at) < round.questionnaire_time:
        raise Refusal(
            _("Between the end of nominations and the freeze there must be %(days)d full days for the questionnaire.")
            % {"days": round.questionnaire_days}
        )
    if elapsed(round.voting_opens_at, round.voting_closes_at) < LEAST_VOTING:
        raise Refusal(_("Voting must last at least 72 hours."))


def elapsed(earlier, later) -> timedelta:
    """Time as it passes: Python alone would subtract two times of one zone by the wall clock."""
    return later.astimezone(UTC) - earlier.astimezone(UTC)


def reschedule(round, *, by, now, reason, **dates) -> bool:
    """Move dates that have not come yet, before voting opens; True when something changed.

    dates: any of the names in DATES, aware. Raises Refusal for a date that is past or would be, and for a
    calendar that check_dates refuses.
    """
    if unknown := set(dates) - set(DATES):
        raise TypeError(f"A round has no date {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        held = hold(round)
        changes = {field: at for field, at in dates.items() if at != getattr(held, field)}
        if not changes:
            return False
        need_reason(reason)
        fixed = DATES[: passed_dates(held.stage)]
        for field, at in changes.items():
            if field in fixed:
                raise Refusal(_("“%(date)s” has passed and can’t be changed.") % {"date": label_of(field)})
            if at <= now:
                raise Refusal(_("“%(date)s” must lie in the future.") % {"date": label_of(field)})
        before = {field: getattr(held, field) for field in changes}
        for field, at in changes.items():
            setattr(held, field, at)
        check_dates(held)
        keep(held, changes)
        book.record("round.rescheduled", held, by=by, now=now, reason=reason, before=before, after=changes)
    round.refresh_from_db()
    return True


def passed_dates(stage) -> int:
    """How many of DATES a round in this stage has behind it. Raises Refusal once voting has opened."""
    behind = {Stage.DRAFT: 0, Stage.NOMINATING: 1, Stage.VETTING: 2, Stage.FROZEN: 3}
    if stage not in behind:
        raise Refusal(_("Voting has opened: its end can only be extended, and its announcement changed."))
    return behind[stage]


def extend(round, *, voting_closes_at, by, now, reason) -> bool:
    """Let voting end later; only later, only before it has ended, twice at most, with a reason.

    The announcement moves along when it would come too soon. False when it ends at that instant already.
    """
    with transaction.atomic():
        held = hold(round)
        if not check_extension(held, voting_closes_at=voting_closes_at, now=now):
            return False
        need_reason(reason)
        before = {"voting_closes_at": held.voting_closes_at, "announce_at": held.announce_at}
        after = put_off(held, voting_closes_at - held.voting_closes_at)
        keep(held, after)
        book.record("round.extended", held, by=by, now=now, reason=reason, before=before, after=after)
    round.refresh_from_db()
    return True


def check_extension(round, *, voting_closes_at, now) -> bool:
    """Refusal where the vote can't end at this instant; False when it does already."""
    if round.stage != Stage.VOTING or (round.paused_since is None and now >= round.voting_closes_at):
        raise Refusal(_("Only an open vote can be extended. A closed one is not opened again."))
    if voting_closes_at == round.voting_closes_at:
        return False
    if voting_closes_at < round.voting_closes_at or voting_closes_at <= now:
        raise Refusal(_("Voting can only end later than planned."))
    if extensions_of(round) >= MOST_EXTENSIONS:
        raise Refusal(_("This vote was extended twice already. It ends when it was last said to end."))
    return True


def extensions_of(round) -> int:
    """How often the end of this vote was moved by a person."""
    return book.entries_of(round).filter(verb="round.extended").count()


def put_off(round, by_how_much) -> dict:
    """Set the end of voting later, and the announcement with it when that would leave no day between."""
    changes = {"voting_closes_at": round.voting_closes_at + by_how_much}
    if round.announce_at < changes["voting_closes_at"] + timedelta(days=1):
        changes["announce_at"] = round.announce_at + by_how_much
    for field, at in changes.items():
        setattr(round, field, at)
    return changes


def pause(round, *, by, now, reason) -> bool:
    """Stop taking votes for now; False when the round is paused already."""
    with transaction.atomic():
        held = hold(round)
        if held.paused_since is not None:
            return False
        if held.stage != Stage.VOTING or now >= held.voting_closes_at:
            raise Refusal(_("Only an open vote can be paused."))
        need_reason(reason)
        keep(held, {"paused_since": now})
        book.record("round.paused", held, by=by, now=now, reason=reason)
    round.refresh_from_db()
    return True


def resume(round, *, by, now, reason) -> bool:
    """Take votes again and give back the time that was lost; False when the round is not paused."""
    with transaction.atomic():
        held = hold(round)
        if held.paused_since is None:
            return False
        need_reason(reason)
        before = {"voting_closes_at": held.voting_closes_at, "announce_at": held.announce_at}
        after = put_off(held, max(now - held.paused_since, timedelta()))
        keep(held, after | {"paused_since": None})
        book.record("round.resumed", held, by=by, now=now, reason=reason, before=before, after=after)
    round.refresh_from_db()
    return True


def change_rules(round, *, by, now, reason, **rules) -> bool:
    """Change the rules by which the round decides, or another of its SETTINGS; True when something changed.

    Raises Refusal once voting has opened, without a reason, and for a value that the round can't have.
    """
    if unknown := set(rules) - set(SETTINGS):
        raise TypeError(f"A round has no rule {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        held = hold(round)
        changes = {field: value for field, value in rules.items() if value != getattr(held, field)}
        if not changes:
            return False
        if held.rules_locked_at is not None or held.stage not in [*Round.BEFORE_FREEZE, Stage.FROZEN]:
            raise Refusal(_("The rules were locked when voting opened."))
        need_reason(reason)
        before = {field: getattr(held, field) for field in changes}
        for field, value in changes.items():
            setattr(held, field, value)
        try:
            held.clean_fields(exclude=[field.name for field in Round._meta.fields if field.name not in changes])
        except ValidationError as error:
            raise Refusal(" ".join(error.messages)) from None
        check_dates(held)
        keep(held, {field: getattr(held, field) for field in changes})
        book.record("round.rules", held, by=by, now=now, reason=reason, before=before, after=changes)
    round.refresh_from_db()
    return True


def hold(round) -> Round:
    """The round as it stands, its row held to the end of the transaction (on SQLite the writer holds all)."""
    return Round.objects.select_for_update().get(pk=round.pk)


def keep(held, changes):
    """Write the changes of a held round, and count them for those who planned by its dates."""
    Round.objects.filter(pk=held.pk).update(**changes, schedule_version=held.schedule_version + 1)


def need_reason(reason):
    if not reason.strip():
        raise Refusal(_("Say why. The reason is kept."))


def dates_of(round) -> dict:
    return {field: getattr(round, field) for field in DATES}


def label_of(field) -> str:
    return str(Round._meta.get_field(field).verbose_name)


@dataclass(frozen=True)
class NextDate:
    """A date that is still to come: what happens, when, in which round."""

    field: str
    label: str
    at: datetime
    round: Round


def next_dates(cycle, now) -> list:
    """All dates still to come in the cycle's rounds, soonest first; without rehearsals and cancelled rounds."""
    rounds = cycle.rounds.live().filter(rehearsal=False)
    coming = [
        NextDate(field, label_of(field), getattr(round, field), round)
        for round in rounds
        for field in DATES
        if getattr(round, field) > now
    ]
    return sorted(coming, key=lambda date: date.at)


def open_round(cycle, now):
    """The round that takes nominations at this instant, the one that closes first when there are two; or None."""
    nominating = cycle.rounds.filter(stage=Stage.NOMINATING, rehearsal=False, nominations_close_at__gt=now)
    return nominating.order_by("nominations_close_at").first()


def coming_round(cycle, now):
    """The next round that will take nominations, when staff have planned one; or None."""
    planned = cycle.rounds.filter(stage=Stage.DRAFT, rehearsal=False, nominations_close_at__gt=now)
    return planned.order_by("nominations_open_at").first()


def current_cycle(now):
    """The cycle that a nomination made at this instant belongs to: that of the open or next round, else the newest."""
    rounds = Round.objects.live().filter(rehearsal=False, nominations_close_at__gt=now).select_related("cycle")
    soonest = rounds.filter(stage__in=[Stage.DRAFT, Stage.NOMINATING]).order_by("nominations_open_at").first()
    return soonest.cycle if soonest else Cycle.objects.order_by("-year").first()


def start_of_next(round) -> datetime:
    """When the next round opens its nominations by the default: six weeks later at the same local time, in UTC."""
    return (round.nominations_open_at.astimezone(round.zone) + NEXT_ROUND).astimezone(UTC)
