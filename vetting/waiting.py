"""The queue of the vetting desk: which files wait for whom, in which order, and how far one is (ux.md S1, S2)."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, F, IntegerField, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal.wording import in_zone
from rounds.models import Candidacy, Nomination, Race, Round
from vetting import concerned, filing, verdicts
from vetting.models import Answer, Response, Verdict

State = Candidacy.State
SOON = timedelta(hours=48)
DECIDED = [State.CLEARED, State.DECLINED]

SHOWN = {"": gettext_lazy("that wait for me"), "all": gettext_lazy("all under review")}
RISKS = {
    "unopened": gettext_lazy("due soon, nothing answered"),
    "conflict": gettext_lazy("conflict in the race"),
    "baseline": gettext_lazy("baseline missed"),
    "differ": gettext_lazy("verdicts differ"),
}
AGES = {
    "7": gettext_lazy("a week or longer"),
    "14": gettext_lazy("two weeks or longer"),
    "28": gettext_lazy("four weeks or longer"),
}
ORDERS = {"": gettext_lazy("most pressing first"), "race": gettext_lazy("by race"), "age": gettext_lazy("oldest first")}


@dataclass(frozen=True)
class Filters:
    """What of the queue is shown. Each is a word of the address; what makes no sense counts as none."""

    show: str = ""
    race: str = ""
    owner: str = ""  # me, none, or somebody's key
    age: str = ""
    risk: str = ""
    order: str = ""

    @classmethod
    def read(cls, said):
        """From a request's GET."""
        known = {"show": SHOWN, "age": AGES, "risk": RISKS, "order": ORDERS}
        kept = {name: said.get(name, "") for name in known if said.get(name, "") in known[name]}
        kept |= {name: said.get(name, "") for name in ("race", "owner") if is_key(said.get(name, ""))}
        if said.get("owner") in ("me", "none"):
            kept["owner"] = said["owner"]
        return cls(**kept)

    @property
    def query(self) -> str:
        """The words as they stand in an address, "" for none."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    @property
    def narrowed(self) -> bool:
        return bool(self.race or self.owner or self.age or self.risk)


def is_key(text) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def told(user):
    """The files that a user may open, with what the queue needs to know of each."""
    given = Verdict.objects.counting().filter(candidacy=OuterRef("pk")).order_by()
    counted = given.values("candidacy").annotate(n=Count("pk")).values("n")
    named = Nomination.objects.counting().filter(candidacy=OuterRef("pk")).order_by()
    since = named.values("candidacy").annotate(at=Min("submitted_at")).values("at")
    others = Nomination.objects.counting().filter(race=OuterRef("race"), candidacy__state__in=ALIVE)
    return filing.files(user).annotate(
        own_in=Exists(given.filter(reviewer=user)),
        given=Coalesce(Subquery(counted), 0, output_field=IntegerField()),
        first_given=Subquery(given.order_by("recommendation").values("recommendation")[:1]),
        last_given=Subquery(given.order_by("-recommendation").values("recommendation")[:1]),
        since=Subquery(since),
        conflict=Exists(others.exclude(candidacy=OuterRef("pk"))),
        begun=Exists(Answer.objects.filter(response__candidacy=OuterRef("pk"))),
    )


ALIVE = [*Candidacy.STANDING, State.ON_BALLOT]
DIFFER = Q(given__gt=1) & ~Q(first_given=F("last_given"))
THIRD = Q(given=2) & ~Q(first_given=F("last_given"))
MISSED = Q(response__submitted_at__isnull=False) & ~Q(response__baseline_missed=[])


def unopened(now) -> Q:
    """Nothing is answered, and little time is left."""
    return Q(response__submitted_at=None, response__due_at__lte=now + SOON, begun=False)


def wanted(user, *, now) -> Q:
    """What waits for a user. For a verdict: her own file, a free one, one that has a single verdict, a third opinion
    where two differ; for a decision: what is answered, overdue, has a verdict, or is her own."""
    mine = Q(assignment__owner=user)
    if verdicts.reviews(user):
        return wanted_of_reviewer(user)
    due = Q(response__submitted_at__isnull=False) | Q(response__due_at__lt=now)
    return mine | due | Q(given__gt=0)


def wanted_of_reviewer(user) -> Q:
    free = Q(given=0, assignment=None) | Q(given=1)
    return Q(own_in=False) & (Q(assignment__owner=user) | free | THIRD)


def narrowed(rows, filters, user, *, now):
    """The rows that the filters let through, whatever waits for whom."""
    if filters.race:
        rows = rows.filter(race=filters.race)
    if filters.owner == "none":
        rows = rows.filter(assignment=None)
    elif filters.owner:
        rows = rows.filter(assignment__owner=user.pk if filters.owner == "me" else filters.owner)
    if filters.age:
        rows = rows.filter(since__lte=now - timedelta(days=int(filters.age)))
    if filters.risk:
        seen = DIFFER if not verdicts.reviews(user) else (DIFFER & Q(own_in=True)) | THIRD
        risks = {"unopened": unopened(now), "conflict": Q(conflict=True), "baseline": MISSED, "differ": seen}
        rows = rows.filter(risks[filters.risk])
    return rows


def queue(user, filters, *, now):
    """The files to work through, in order: a third opinion first, then one's own, then the answered ones."""
    rows = narrowed(told(user), filters, user, now=now).filter(state__in=verdicts.UNDER_REVIEW)
    if filters.show != "all":
        rows = rows.filter(wanted(user, now=now))
    first = Case(
        When(THIRD, then=Value(0)),
        When(assignment__owner=user, then=Value(1)),
        When(response__submitted_at__isnull=False, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    by_race = ["race__place__usps", "race__office", "race__place__number", "name", "pk"]
    pressing = [first, F("response__due_at").asc(nulls_last=True), "pk"]
    aged = [F("since").asc(nulls_last=True), "pk"]
    return rows.order_by(*{"": pressing, "race": by_race, "age": aged}[filters.order])


def verdicts_wanted(user):
    """The candidacies that wait for a user's verdict; none for who gives none."""
    if not verdicts.reviews(user):
        return Candidacy.objects.none()
    line = told(user).filter(wanted_of_reviewer(user), state__in=verdicts.UNDER_REVIEW)
    return Candidacy.objects.filter(pk__in=line.values("pk"))


def listed(user, filters, *, now):
    """The queue with what its rows show."""
    shown = queue(user, filters, now=now).select_related("race__place", "round", "response", "assignment__owner")
    groups = Count("nominations__group", filter=Q(nominations__state__in=Nomination.COUNTING), distinct=True)
    return shown.annotate(groups_behind=groups)


def keys(user, filters, *, now) -> list:
    """The queue's files by key."""
    return list(queue(user, filters, now=now).values_list("pk", flat=True))


def after(line, key) -> int | None:
    """The file that follows one in a line, the first again after the last; None when there is no other."""
    others = [one for one in line if one != key]
    if key not in line or not others:
        return others[0] if others else None
    at = line.index(key)
    return others[at % len(others)]


@dataclass(frozen=True)
class Progress:
    """How many of the files in sight are done: decided, or for a reviewer her verdict is in."""

    done: int
    of: int


def progress(user, filters, *, now) -> Progress:
    """How far a user is with the files that her filters show; those of rounds past the freeze are not counted."""
    rows = narrowed(told(user), filters, user, now=now)
    settled = Q(state__in=DECIDED) & (Q(round=None) | Q(round__stage__in=Round.BEFORE_FREEZE))
    done = settled | Q(own_in=True) if verdicts.reviews(user) else settled
    open_or_settled = Q(state__in=verdicts.UNDER_REVIEW) | settled
    # In two steps: the numbers are taken from rows that are there once each.
    counted = rows.filter(open_or_settled).annotate(
        is_done=Case(When(done, then=Value(1)), default=Value(0), output_field=IntegerField())
    )
    flags = list(counted.order_by().values_list("is_done", flat=True))
    return Progress(sum(flags), len(flags))


def risks_of(candidacy, user, *, now) -> list:
    """What is risky about a file of the queue, as (key, words). Who is blind is not told that verdicts differ."""
    response = getattr(candidacy, "response", None)
    silent = response is not None and response.submitted_at is None and not candidacy.begun
    differ = candidacy.given > 1 and candidacy.first_given != candidacy.last_given
    found = {
        "unopened": silent and response.due_at is not None and response.due_at <= now + SOON,
        "conflict": candidacy.conflict,
        "baseline": response is not None and response.submitted_at is not None and bool(response.baseline_missed),
        "differ": differ and (candidacy.own_in or not verdicts.reviews(user)),
    }
    return [(key, RISKS[key]) for key, is_so in found.items() if is_so]


def asks_third(candidacy) -> bool:
    """Whether two verdicts differ and a third is asked for."""
    return candidacy.given == 2 and candidacy.first_given != candidacy.last_given


def races(user) -> list:
    """The races with files under review that a user may open, as (key, label)."""
    shown = filing.files(user).filter(state__in=verdicts.UNDER_REVIEW).order_by()
    found = Race.objects.filter(pk__in=shown.values("race")).select_related("place")
    return [(str(race.pk), race.label) for race in found]


def coming(user, *, now) -> str:
    """What will come next into an empty queue, in a sentence with its time."""
    out = filing.files(user).values("pk")
    next_up = Response.objects.awaited().filter(candidacy__in=out, due_at__gt=now)
    next_up = next_up.select_related("candidacy__race__place", "candidacy__round").order_by("due_at").first()
    if next_up:
        at = in_zone(next_up.due_at, concerned.zone_of(next_up.candidacy))
        return _("Next: the answers of %(name)s are due %(at)s.") % {"name": next_up.candidacy, "at": at}
    planned = Round.objects.filter(stage=Round.Stage.DRAFT, nominations_open_at__gt=now, rehearsal=False)
    round = planned.order_by("nominations_open_at").first()
    if round:
        words = {"round": round, "at": in_zone(round.nominations_open_at, round.time_zone)}
        return _("Next: %(round)s opens its nominations %(at)s.") % words
    return _("Nothing is planned: the next file comes with the next nomination.")
