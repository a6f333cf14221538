"""The contests of a round beside each other, as one reader may see them: votes, share, turnout, outcome and why.

All figures come from publication.of_round; this page of the desk knows no others.
"""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.models import User
from journal import reading
from rounds.models import Contest, ContestOption, Round
from rounds.rule import in_words, percent, rule_of
from voting import publication
from voting.models import Result
from voting.publication import Audience, Figures, Publication
from voting.tally import AT_LEAST, ENDORSABLE, Rule

SEE, VIEW = "voting.see_uncertified", "voting.view_result"
COUNTED = [Round.Stage.COUNTED, Round.Stage.CERTIFIED, Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED]
CERTIFIED = COUNTED[1:]

Outcome = Result.Outcome


@dataclass(frozen=True)
class Row:
    """One contest in words. What this reader may not know is empty."""

    contest: Contest
    result: int | None  # the key of its page
    outcome: str  # a Result.Outcome; "" where there is none to be shown
    outcome_words: str
    options: list[tuple[str, str, str]]  # who or what, votes, share
    front: str
    needed: str  # "at least 60%"
    rule: str  # in full, where it is not the round's
    ballots: str
    turnout: str
    floor: str
    floor_reached: bool | None
    why: str

    @property
    def waits(self) -> bool:
        """Whether a person has to decide it."""
        return self.outcome == Outcome.NEEDS_REVIEW


@dataclass(frozen=True)
class Table:
    """The contests that need a decision first, then all others, each in the ballot's order."""

    rows: list[Row]
    rule: str
    counts: dict[str, int]
    envelopes: int  # of all contests together

    @property
    def sums(self) -> str:
        """The line under it: "30 endorsed, 8 not endorsed, 2 need a decision, 0 void."."""
        counts = self.counts
        parts = [
            _("%(n)d endorsed") % {"n": counts.get(Outcome.ENDORSED, 0)},
            _("%(n)d not endorsed") % {"n": counts.get(Outcome.NOT_ENDORSED, 0)},
            ngettext("%(n)d needs a decision", "%(n)d need a decision", counts.get(Outcome.NEEDS_REVIEW, 0))
            % {"n": counts.get(Outcome.NEEDS_REVIEW, 0)},
            _("%(n)d void") % {"n": counts.get(Outcome.VOID, 0)},
        ]
        if open_yet := counts.get("", 0):
            parts.append(_("%(n)d not counted yet") % {"n": open_yet})
        return ", ".join(parts) + "."

    @property
    def waiting(self) -> list[Row]:
        return [row for row in self.rows if row.waits]


def may_see(user, round) -> bool:
    """Before the certification tellers alone; from then on whoever may read results."""
    return user.has_perm(SEE) or (round.stage in CERTIFIED and user.has_perm(VIEW))


def audience_of(user) -> Audience:
    return Audience.TELLERS if user.has_perm(SEE) else Audience.GROUPS


def read_by(user, round, *, now) -> Table:
    """The table for somebody who may see it; before the certification it is written down that she looked."""
    if round.stage not in CERTIFIED:
        reading.read(f"results:{round.pk}", by=user, now=now)
    return of_round(round, audience_of(user))


def of_round(round, audience) -> Table:
    """The table as this audience may know it. As many queries for one contest as for forty."""
    found = publication.of_round(round, audience)
    results = {contest.pk: getattr(contest, "result", None) for contest, _shown in found}
    people = {result.decided_by_id for result in results.values() if result and result.decided_by_id}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=people)} if people else {}
    general = rule_of(round)
    rows = [row_of(contest, results[contest.pk], shown, general, names) for contest, shown in found]
    rows.sort(key=lambda row: not row.waits)
    counts = [getattr(contest, "count", None) for contest, _shown in found]
    envelopes = sum(count.envelopes or 0 for count in counts if count)
    return Table(rows, in_words(general), dict(Counter(row.outcome for row in rows)), envelopes)


def row_of(contest, result, shown, general, names) -> Row:
    rule = result.rule if result else general
    voted = shown.outcome not in ("", Outcome.VOID)
    options = [option for option in contest.options.all() if option.kind != ContestOption.Kind.SKIP]
    return Row(
        contest=contest,
        result=result.pk if result and shown.outcome else None,
        outcome=shown.outcome,
        outcome_words=str(Outcome(shown.outcome).label) if shown.outcome else _("not counted yet"),
        options=[(name_of(option), votes_of(option, shown), shown.shares.get(option.number, "")) for option in options],
        front=front_of(options, shown) if voted else "",
        needed=needed_words(rule),
        rule=in_words(rule) if rule != general else "",
        ballots=ballots_words(shown) if voted else "",
        turnout=turnout_words(shown) if voted else "",
        floor=floor_words(rule) if voted else "",
        floor_reached=floor_reached(rule, shown) if voted else None,
        why=why(contest, result, shown, rule, options, names),
    )


def name_of(option) -> str:
    if option.kind == ContestOption.Kind.YES:
        return _("Yes (%(name)s)") % {"name": option.candidacy.name}
    return str(option)


def votes_of(option, shown) -> str:
    votes = shown.votes.get(option.number)
    return "" if votes is None else f"{votes:,}"


def front_of(options, shown) -> str:
    """Who or what is in front, with the share; both where two are level."""
    if shown.leading is not None:
        first = [option for option in options if option.number == shown.leading]
    else:
        most = max(shown.votes.values(), default=0)
        first = [option for option in options if most and shown.votes.get(option.number) == most]
    if not first:
        return ""
    names = _(" and ").join(name_of(option) for option in first)
    return f"{names}: {shown.shares.get(first[0].number, '')}"


def needed_words(rule) -> str:
    words = _("at least %(share)s") if rule["comparison"] == AT_LEAST else _("more than %(share)s")
    return words % {"share": percent(rule["threshold"])}


def ballots_words(shown) -> str:
    if shown.ballots is None:
        return ""
    return f"{shown.ballots:,}" if exact(shown) else _("at least %(n)s") % {"n": f"{shown.ballots:,}"}


def turnout_words(shown) -> str:
    """How much of the roll voted: "1.60% of 1,250"."""
    roll = {"roll": f"{shown.eligible or 0:,}"}
    if not shown.turnout:
        return _("%(roll)s on the roll") % roll
    share = shown.turnout if exact(shown) else _("at least %(n)s") % {"n": shown.turnout}
    return _("%(share)s of %(roll)s on the roll") % {"share": share, **roll}


def exact(shown) -> bool:
    """Whether the number of ballots is the number itself: it is for tellers, whatever else is withheld."""
    return shown.figures == Figures.EXACT or shown.met is not None


def floor_words(rule) -> str:
    votes, share = rule["turnout_min_votes"], rule["turnout_min_share"]
    parts = []
    if votes:
        parts.append(ngettext("%(n)d vote", "%(n)d votes", votes) % {"n": votes})
    if share:
        parts.append(_("%(share)s of the roll") % {"share": percent(share)})
    return _(" and ").join(parts) or _("none")


def floor_reached(rule, shown) -> bool | None:
    if shown.ballots is None or not exact(shown):
        return None
    return not Rule(**rule).doubts(shown.ballots, shown.eligible or 0)


def why(contest, result, shown: Publication, rule, options, names) -> str:
    """One sentence on why the outcome is what it is."""
    if not shown.outcome:
        return ""
    if shown.outcome == Outcome.VOID:
        reason = contest.state_reason.strip()
        return _("Taken out of the vote: %(why)s") % {"why": reason} if reason else _("Nothing was counted.")
    if result.decided_by_id:
        said = {"name": names.get(result.decided_by_id, ""), "reason": result.decided_reason}
        return _("Under the turnout floor. Decided by %(name)s: “%(reason)s”") % said
    by_rule = by_the_rule(shown, rule, options)
    if shown.outcome == Outcome.NEEDS_REVIEW:
        return _("Under the turnout floor: %(doubts)s %(rule)s") % {"doubts": result.review_reason, "rule": by_rule}
    return by_rule


def by_the_rule(shown, rule, options) -> str:
    """What the rule says of the votes, as far as they are shown."""
    needed = needed_words(rule)
    runners = {option: shown.votes[option.number] for option in options if can_win(option, shown)}
    most = max(runners.values(), default=0)
    first = [option for option, votes in runners.items() if votes == most]
    if not runners:
        reached = shown.met if shown.outcome == Outcome.NEEDS_REVIEW else shown.outcome == Outcome.ENDORSED
        words = _("The support needed, %(needed)s, was reached.")
        return (words if reached else _("The rule carries no candidate, %(needed)s needed.")) % {"needed": needed}
    if not most:
        return _("Nobody voted for a candidate.")
    share = shown.shares[first[0].number]
    if len(first) > 1:
        both = _(" and ").join(option.candidacy.name for option in first)
        return _("A tie: %(names)s have %(share)s each.") % {"names": both, "share": share}
    said = {"name": first[0].candidacy.name, "share": share, "needed": needed}
    if Rule(**rule).carries(most, shown.ballots):
        return _("Met: %(name)s has %(share)s, %(needed)s needed.") % said
    return _("Not met: %(name)s has %(share)s, %(needed)s needed.") % said


def can_win(option, shown) -> bool:
    """Whether an option names somebody to endorse, and its votes are shown."""
    return option.kind in ENDORSABLE and option.number in shown.votes
