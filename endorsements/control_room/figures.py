"""The numbers of a round's control room, each with what it is out of. No count of a choice, ever (ux.md 3)."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from endorsements.control_room.round_words import letter_words
from groups import arrivals
from journal.wording import until
from mailings import unseen
from mailings.models import Delivery, Letter
from rounds.models import Candidacy, Contest, Nomination, Round
from vetting.models import Answer, Response
from voting.models import Exclusion
from voting.turnout import SHOWN_FROM

# So many rows are drawn of a panel that could hold more; those at the greatest risk come first.
MOST = 60
# The width of a full bar, in the drawing's own units.
FULL = 300
LINE = 42  # a row of words with its bar under them


@dataclass(frozen=True)
class Row:
    """One line of a panel: so many of so many. of None: out of nothing that could be named, so no bar is drawn.

    mark is a number on the same scale that should be reached, as the turnout floor.
    """

    label: str
    number: int
    of: int | None = None
    note: str = ""
    url: str = ""
    mark: int | None = None
    hidden: bool = False  # too few to say

    @property
    def width(self) -> int:
        return self.long(0 if self.hidden else self.number)

    @property
    def mark_at(self) -> int | None:
        return None if self.mark is None else self.long(self.mark)

    def long(self, number) -> int:
        """The length of a number on a bar that is as long as what it is out of."""
        return min(FULL, number * FULL // self.of) if self.of else 0

    @property
    def words(self) -> str:
        """12 of 40; under 20 of 410; 7."""
        number = _("under %(n)d") % {"n": SHOWN_FROM} if self.hidden else f"{self.number:,}"
        return number if self.of is None else _("%(number)s of %(all)s") % {"number": number, "all": f"{self.of:,}"}


@dataclass(frozen=True)
class Panel:
    """A heading, its rows, and what they count, in a sentence. left is how many rows are not drawn."""

    key: str
    title: str
    said: str
    rows: list
    left: int = 0

    @property
    def height(self) -> int:
        return LINE * len(self.rows)

    @property
    def drawn(self) -> list:
        """Each row with where its words, its bar and its mark begin, from the top."""
        tops = range(0, self.height, LINE)
        return [(top + 14, top + 20, top + 17, row) for top, row in zip(tops, self.rows, strict=True)]

    @property
    def has_bars(self) -> bool:
        return any(row.of for row in self.rows)


def panels(round, letters, now) -> list[Panel]:
    """All panels that have something to say at the round's stage; letters as queue.counts gives them."""
    found = [*funnel(round)]
    if round.stage in Round.BEFORE_FREEZE:
        found += [questionnaires(round, now), sign_ups()]
    if round.stage in Round.WITH_ROLL:
        found += [*electorates(round), left_off(round)]
    found += [sent(letters), not_arrived(round)]
    return [panel for panel in found if panel.rows]


def funnel(round):
    """How far the candidacies of the round have come, and where two meet. Who moved to another round counts there."""
    came = Nomination.objects.filter(candidacy__round=round)
    groups = came.aggregate(
        all=Count("pk", filter=~Q(state=Nomination.State.DRAFT)),
        accepted=Count("pk", filter=Q(state=Nomination.State.ACCEPTED)),
    )
    state = Candidacy.State
    vetted = [state.CLEARED, state.ON_BALLOT, state.ENDORSED, state.NOT_ENDORSED]
    steps = {
        "sent": Q(response__sent_at__isnull=False),
        "answered": Q(response__submitted_at__isnull=False),
        "passed": Q(response__passed=True),
        "cleared": Q(state__in=vetted),
        "ballot": Q(state__in=vetted[1:]),
        "endorsed": Q(state=state.ENDORSED),
    }
    steps["alive"] = Q(state__in=[*Candidacy.STANDING, state.ON_BALLOT])
    counted = {name: Count("pk", filter=where) for name, where in steps.items()}
    # By race, so that one walk serves the conflicts too.
    races = list(Candidacy.objects.filter(round=round).order_by().values("race").annotate(all=Count("pk"), **counted))
    people = {name: sum(one[name] for one in races) for name in ["all", *counted]}
    words = {
        "sent": _("Questionnaire sent"),
        "answered": _("Answers in"),
        "passed": _("Passed"),
        "cleared": _("Cleared in vetting"),
        "ballot": _("On the ballot"),
        "endorsed": _("Endorsed"),
    }
    nominations = reverse("admin:rounds_nomination_changelist") + f"?cycle__id__exact={round.cycle_id}"
    listed = reverse("admin:rounds_candidacy_changelist") + f"?round__id__exact={round.pk}"
    rows = [Row(_("Nominations accepted"), groups["accepted"], groups["all"], url=nominations)]
    rows += [Row(words[name], people[name], people["all"], url=listed) for name in words]
    said = _("Nominations out of those received; then candidacies out of all that stand in this round.")
    yield Panel("funnel", _("From nomination to ballot"), said, rows if groups["all"] or people["all"] else [])
    contested = [one["alive"] for one in races if one["alive"]]
    several = sum(n > 1 for n in contested)
    rows = [Row(_("Races with several people"), several, len(contested), url=listed)] if contested else []
    yield Panel("conflicts", _("Conflicts"), _("Out of the races of this round."), rows)


def questionnaires(round, now) -> Panel:
    """The campaigns that have not answered, by the time they have left; of each, how many hours are gone."""
    awaited = Response.objects.awaited().filter(candidacy__round=round).select_related("candidacy__race__place")
    awaited = awaited.annotate(begun=Exists(Answer.objects.filter(response=OuterRef("pk"))))
    found = list(awaited.order_by(F("due_at").asc(nulls_last=True), "pk")[: MOST + 1])
    rows = []
    for one in found[:MOST]:
        late = one.due_at is not None and one.overdue(now)
        left = _("overdue") if late else _("%(left)s left") % {"left": until(one.due_at, now)}
        note = left if one.begun else _("%(left)s, not begun") % {"left": left}
        gone = int((now - one.sent_at).total_seconds()) // 3600
        whole = int((one.due_at - one.sent_at).total_seconds()) // 3600 if one.due_at else None
        url = reverse("admin:vetting_vettingfile_change", args=[one.candidacy_id])
        label = f"{one.candidacy.name}, {one.candidacy.race.label}"
        rows.append(Row(label, min(max(gone, 0), whole or 0), whole, note=note if one.due_at else "", url=url))
    said = _("Hours gone, out of the hours each campaign has. Those that end first stand first.")
    return Panel("questionnaires", _("Campaigns still answering"), said, rows, left=len(found) - len(rows))


def sign_ups() -> Panel:
    """Patterns among sign-ups that nobody has looked at: no share of anything, so no bar."""
    flagged = arrivals.open_flags().count()
    url = reverse("admin:groups_signup_changelist") + "?flagged=open"
    rows = [Row(_("Sign-ups that look made by one hand"), flagged, url=url)] if flagged else []
    return Panel("anomalies", _("Anomalies"), _("Not looked at yet."), rows)


def electorates(round) -> list[Panel]:
    """The roll of each contest, and how many of it have voted as anybody may know it: rounded, late, never how."""
    voted, mailed = voted_and_mailed(round)
    turnout = _(
        "Ballots out of the frozen roll: rounded down to 10, at most 15 minutes old while the vote runs. "
        "The mark is the floor; the furthest below it stand first."
    )
    reach = _("People whose address takes letters, out of the frozen roll. The others vote by “send me my link”.")
    return [
        Panel("turnout", _("Turnout"), turnout, voted[:MOST], left=len(voted[MOST:])),
        Panel("roll", _("Roll"), reach, mailed[:MOST], left=len(mailed[MOST:])),
    ]


def voted_and_mailed(round) -> tuple[list[Row], list[Row]]:
    """Of each contest with its roll: the ballots against the floor, and the people who get letters."""
    contests = Contest.objects.filter(round=round).select_related("race__place", "roll", "turnout").order_by("pk")
    built = [(one, one.roll) for one in contests if hasattr(one, "roll") and one.roll.eligible is not None]
    mailed, voted = [], []
    for contest, roll in built:
        mailed.append(Row(contest.race.label, roll.eligible - (roll.not_mailed or 0), roll.eligible))
        if hasattr(contest, "turnout"):
            ballots = contest.turnout.ballots
            hidden = ballots < SHOWN_FROM
            floor = floor_of(round, roll.eligible)
            note = _("floor: %(n)s") % {"n": f"{floor:,}"}
            voted.append(Row(contest.race.label, ballots, roll.eligible, note=note, mark=floor, hidden=hidden))
    voted.sort(key=lambda row: row.number - (row.mark or 0))
    mailed.sort(key=lambda row: row.number - (row.of or 0))
    return voted, mailed


def floor_of(round, roll) -> int:
    """The fewest ballots with which a contest is over both of the round's turnout floors."""
    return max(round.turnout_min_votes, -(-round.turnout_min_share * roll // 10_000))


def left_off(round) -> Panel:
    """Why people who might have been on a roll are not; each contest counts for itself."""
    found = Exclusion.objects.filter(contest__round=round).order_by().values_list("reason").annotate(n=Count("pk"))
    counted = sorted(found, key=lambda one: -one[1])
    whole = sum(n for _reason, n in counted)
    rows = [Row(str(Exclusion.Reason(reason).label), n, whole) for reason, n in counted]
    return Panel("left-off", _("Not on the roll"), _("Out of all who were left off, once for each contest."), rows)


def sent(letters) -> Panel:
    """What became of each kind of letter: how many went, and what keeps the others; of some in tens (unseen.told)."""
    state = Letter.State
    rows = []
    for name, states in sorted((name, unseen.told(name, counts)) for name, counts in letters.items()):
        if not states:
            continue
        others = [f"{n:,} {state(one).label}" for one, n in sorted(states.items()) if one != state.SENT]
        note = ", ".join(others)
        rows.append(Row(letter_words(name), states.get(state.SENT, 0), sum(states.values()), note=note))
    return Panel(
        "letters",
        _("Letters that went out"),
        _("Taken by the mail server, out of all letters; of those that tell who voted, tens from 20 on."),
        rows,
    )


def not_arrived(round) -> Panel:
    """What mail providers reported back, by provider; delivered ones are not walked through, there are millions."""
    wrong = [*Delivery.State.values[Delivery.State.values.index(Delivery.State.RETURNED) :]]
    found = Delivery.objects.filter(letter__topic=round.topic, state__in=wrong).order_by("provider", "state")
    rows = [
        Row(f"{provider}: {Delivery.State(state).label}", n)
        for provider, state, n in found.values_list("provider", "state").annotate(n=Count("pk"))
    ]
    said = _("Letters of this round that did not arrive, as the provider says.")
    return Panel("reports", _("Reports of the mail provider"), said, rows)
