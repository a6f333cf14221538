"""What may be shown of a result, and to whom: the one answer for page, file, letter, JSON and desk.

Small cells (trust.md 2.5): when nearly everybody chose alike, exact figures would tell how each of them voted.
"""

from dataclasses import dataclass, field

from django.db.models import Prefetch, TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rounds.models import Contest, ContestOption, Round
from rounds.rule import share_words
from voting.models import Count, Result
from voting.tally import Rule

FEWEST = 10  # fewer ballots than this: the outcome's word only
APART = 3  # at least so many ballots, and so many percent, must differ from the leading option
BAND = 97  # "97% or more", where that is true of every split it stands for


class Audience(TextChoices):
    """Who reads it."""

    PUBLIC = "public", gettext_lazy("everybody, from the announcement on")
    MEMBERS = "members", gettext_lazy("members on the roll, from the announcement on")
    GROUPS = "groups", gettext_lazy("nominating groups and staff, from certification on")
    TELLERS = "tellers", gettext_lazy("those who certify, from the count on")


class Figures(TextChoices):
    """How exact the numbers may be."""

    EXACT = "exact", gettext_lazy("exact")
    ROUNDED = "rounded", gettext_lazy("rounded")
    NONE = "none", gettext_lazy("none")


class Lines(TextChoices):
    """What the file of ballots may hold."""

    OPTIONS = "options", gettext_lazy("each line with its choice")
    CODES = "codes", gettext_lazy("lines without choices")
    NONE = "none", gettext_lazy("no lines")


class Withheld(TextChoices):
    """The rules by which something is not shown, by the names that the manifest prints."""

    EARLY = "early", gettext_lazy("not before its time")
    POLICY = "policy", gettext_lazy("this round publishes its endorsed contests only")
    VOID = "void", gettext_lazy("the contest was void, nothing was counted")
    FEW = "few", gettext_lazy("fewer than 10 ballots")
    ALIKE = "alike", gettext_lazy("nearly all ballots alike")
    COUNTED_ONLY = "counted_only", gettext_lazy("this round publishes lines without choices")


@dataclass(frozen=True)
class Publication:
    """What this audience may know of one contest. Whatever is None or empty here is shown nowhere."""

    outcome: str = ""  # a Result.Outcome
    figures: str = Figures.NONE
    lines: str = Lines.NONE
    votes: dict[int, int] = field(default_factory=dict)  # by option number, exact figures only
    shares: dict[int, str] = field(default_factory=dict)  # in words: "60%", "97% or more"
    leading: int | None = None  # the option in front
    endorsed: int | None = None  # the option whose candidate is endorsed
    skipped: int | None = None
    ballots: int | None = None  # votes without skips; rounded down to 10 unless exact
    turnout: str = ""  # of the roll, in words; a lower bound unless exact
    met: bool | None = None  # tellers only: whether a candidate reached the rule's share
    eligible: int | None = None
    delivered: int | None = None
    envelopes: int | None = None
    voided: int = 0
    commitment: str = ""
    withheld: tuple[str, ...] = ()

    @property
    def why_withheld(self) -> list[str]:
        """The rules by which something is not shown, as people read them."""
        return [Withheld(name).label for name in self.withheld]

    @property
    def sentence(self) -> str:
        """The figures of the endorsed, else of the leading option: "312 of 520 votes (60%), turnout 26%"; or ""."""
        about = self.leading if self.endorsed is None else self.endorsed
        if about not in self.shares:
            return ""
        said = {"share": self.shares[about], "whole": f"{self.ballots:,}", "turnout": self.turnout}
        if self.figures == Figures.EXACT:
            said["part"] = f"{self.votes[about]:,}"
            return _("%(part)s of %(whole)s votes (%(share)s), turnout %(turnout)s") % said
        return _("%(share)s of at least %(whole)s votes, turnout at least %(turnout)s") % said


def publishable(contest, audience=Audience.PUBLIC) -> Publication:
    """What this audience may know of the contest now. See of_round for many contests at once."""
    count, result = Count.objects.filter(contest=contest).first(), result_of(contest)
    votes = dict(result.lines.values_list("option__number", "votes")) if result else {}
    return allow(contest.round, count, result, votes, Audience(audience))


def of_round(round, audience=Audience.PUBLIC) -> list[tuple[Contest, Publication]]:
    """Each contest of a round with its publication, in the ballot's order. As many queries for 1 contest as for 500."""
    contests = list(
        Contest.objects.filter(round=round)
        .select_related("race__place__state", "race__cycle", "count", "result__leading")
        .prefetch_related("result__lines", Prefetch("options", ContestOption.objects.select_related("candidacy")))
    )
    answers = []
    for contest in contests:
        contest.round = round
        count, result = getattr(contest, "count", None), getattr(contest, "result", None)
        numbers = {option.pk: option.number for option in contest.options.all()}
        votes = {numbers[line.option_id]: line.votes for line in result.lines.all()} if result else {}
        answers.append((contest, allow(round, count, result, votes, Audience(audience))))
    return answers


def result_of(contest):
    """The contest's result, or None before the count."""
    return Result.objects.filter(contest=contest).select_related("leading").first()


def allow(round, count, result, votes, audience) -> Publication:
    """The rules, in their order: time, the round's policy, void contests, small cells, the receipt mode."""
    known = outside(count, result)
    if not in_time(round, result, audience):
        return Publication(**known, withheld=(Withheld.EARLY,))
    policy = round.publish == Round.Publish.ENDORSED and result.outcome != Result.Outcome.ENDORSED
    if policy and audience == Audience.PUBLIC:
        return Publication(**known, withheld=(Withheld.POLICY,))
    known["outcome"] = result.outcome
    if result.outcome == Result.Outcome.ENDORSED:
        known["endorsed"] = result.leading.number
    if result.outcome == Result.Outcome.VOID:
        return Publication(**known, withheld=(Withheld.VOID,))
    if policy and audience == Audience.MEMBERS:
        return Publication(**known, withheld=(Withheld.POLICY,))
    shown = figures(votes, roll=result.roll, skipped=result.skipped)
    if audience == Audience.TELLERS:
        leader = votes.get(result.leading.number, 0) if result.leading_id else 0
        shown["met"] = Rule(**result.rule).carries(leader, result.ballots)
        # Whoever certifies must see how many voted, even where she may not see how (DESIGN, turnout floor).
        shown["ballots"], shown["turnout"] = result.ballots, share_words(result.ballots, result.roll)
        shown["lines"] = Lines.NONE
    elif shown.get("lines") == Lines.OPTIONS and round.receipt_mode == Round.ReceiptMode.COUNTED:
        shown["lines"] = Lines.CODES
        shown["withheld"] = (Withheld.COUNTED_ONLY,)
    return Publication(**known, **shown)


def outside(count, result) -> dict:
    """What says nothing about choices: the commitment and, from 10 on, the number of envelopes."""
    known = {}
    if count:
        known["commitment"] = count.commitment
        known["voided"] = count.voided
        if count.envelopes is not None and count.envelopes >= FEWEST:
            known["envelopes"] = count.envelopes
    if result:
        known["eligible"] = result.roll
        known["delivered"] = result.delivered
    return known


def in_time(round, result, audience) -> bool:
    """Whether this audience may hear of the result yet (DESIGN: nobody is told before certified)."""
    if result is None:
        return False
    if audience == Audience.TELLERS:
        return True
    if result.certified_at is None:
        return False
    return audience == Audience.GROUPS or round.stage in (Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED)


def figures(votes: dict[int, int], *, roll: int, skipped: int) -> dict:
    """The small-cell rules for one contest's votes (without skips): what Publication may hold of them. Pure."""
    ballots = sum(votes.values())
    if ballots < FEWEST:
        return {"withheld": (Withheld.FEW,)}
    front = max(votes, key=votes.get)
    apart = ballots - votes[front]
    if apart < APART or apart * 100 < APART * ballots:
        rounded = ballots // 10 * 10
        return {
            "figures": Figures.ROUNDED,
            "lines": Lines.CODES,
            "leading": front,
            # Lazy: letters ask once for many readers and say it in each one's language.
            "shares": {front: format_lazy(gettext_lazy("{share}% or more"), share=band(rounded))},
            "ballots": rounded,
            "turnout": share_words(rounded, roll),
            "withheld": (Withheld.ALIKE,),
        }
    return {
        "figures": Figures.EXACT,
        "lines": Lines.OPTIONS,
        "leading": front if list(votes.values()).count(votes[front]) == 1 else None,
        "votes": votes,
        "shares": {number: share_words(part, ballots) for number, part in votes.items()},
        "ballots": ballots,
        "skipped": skipped,
        "turnout": share_words(ballots, roll),
    }


def band(rounded: int) -> int:
    """The whole percent that every nearly unanimous split of so many ballots (rounded down to 10) reaches.

    97 from 70 ballots on. Below, 2 of 20 apart is 90 %, and "97% or more" would be false.
    """
    shares = []
    for ballots in range(rounded, rounded + 10):
        most_apart = max(APART - 1, (APART * ballots - 1) // 100)
        shares.append((ballots - most_apart) * 100 // ballots)
    return min(BAND, *shares)
