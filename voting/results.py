"""Results: counted inside the opening, decided by a person where they need review, certified once."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journal import book
from mailings.models import Letter
from mailings.suppression import suppressed_keys_query
from rounds import candidacies, gates, seconding
from rounds.models import Candidacy, Contest, Gate, Round
from rounds.rule import percent, rule_of, share_words
from voting import ballotbox, fingerprints
from voting.models import ContestRoll, Count, Result, ResultLine, RollEntry
from voting.publication import Audience, publishable
from voting.refusals import Refusal
from voting.tally import Doubt, Option, Rule, Tally, tally

Outcome = Result.Outcome


def count(contest, *, votes, now) -> Result:
    """Keep the result of an opened contest, {option number: votes}, with its rule; in the opening's transaction."""
    rule, options = rule_of(contest.round), list(contest.options.all())
    figures = tallied(votes, options, roll=roll_of(contest), rule=rule)
    by_number = {option.number: option for option in options}
    result = Result.objects.create(
        contest=contest,
        roll=figures.roll,
        ballots=figures.ballots,
        skipped=figures.skipped,
        outcome=figures.outcome.value,
        leading=by_number.get(figures.leading),
        rule=rule,
        counted_at=now,
        review_reason=" ".join(doubts_in_words(figures, rule)),
    )
    ResultLine.objects.bulk_create(
        ResultLine(result=result, option=by_number[number], votes=votes) for number, votes in figures.votes.items()
    )
    fingerprints.write([result], now=now)
    return result


def settle_void(contest, *, now) -> bool:
    """Settle a stopped or void contest without opening its envelopes; False when it has a result."""
    with transaction.atomic():
        result, new = Result.objects.get_or_create(
            contest=contest,
            defaults={
                "roll": roll_of(contest),
                "ballots": 0,
                "skipped": 0,
                "outcome": Outcome.VOID,
                "rule": rule_of(contest.round),
                "counted_at": now,
            },
        )
        if new:
            Count.objects.get_or_create(contest=contest)
            book.record("contest.unopened", contest, by=None, now=now, reason=contest.state_reason)
            fingerprints.write([result], now=now)
    return new


def tallied(counts, options, *, roll, rule) -> Tally:
    """The tally of counts by option number, for options and a rule as they are stored."""
    return tally(counts, [Option(option.number, option.kind) for option in options], roll=roll, rule=Rule(**rule))


def tally_of(result) -> Tally:
    """The tally of a stored result, under the rule that it was counted by."""
    votes = {line.option.number: line.votes for line in result.lines.select_related("option")}
    return tallied(votes, result.contest.options.all(), roll=result.roll, rule=result.rule)


def roll_of(contest) -> int:
    """How many were on the contest's frozen roll."""
    return ContestRoll.objects.filter(contest=contest).values_list("eligible", flat=True).first() or 0


def note_delivered(round, *, now) -> None:
    """Write to the counted results of a round how many were sent the ballot letter; all in one query, once."""
    counted = Result.objects.filter(contest__round=round).exclude(outcome=Outcome.VOID)
    waiting = list(counted.filter(delivered=None).only("pk", "contest_id"))
    if not waiting:
        return
    reached = delivered(round)
    for result in waiting:
        result.delivered = reached.get(result.contest_id, 0)
    with transaction.atomic():
        Result.objects.bulk_update(waiting, ["delivered"], batch_size=500)
        fingerprints.write(waiting, now=now)


def delivered(round) -> dict[int, int]:
    """{contest: how many on its roll were sent the ballot letter at an address that does not bounce}."""
    sent = Letter.objects.about(round.topic).filter(name="voting.ballot", state=Letter.State.SENT)
    reached = RollEntry.objects.filter(round=round, credential__in=sent.values("seat"))
    # NOT EXISTS: a NOT IN of many addresses would be walked over once for each entry.
    reached = reached.exclude(Exists(suppressed_keys_query().filter(address=OuterRef("member__email_key"))))
    return ballotbox.eligible_counts(*reached.values("credential").query.sql_with_params())


def doubts_in_words(figures, rule) -> list[str]:
    """Why a person has to look, in sentences with the numbers."""
    sentences = {
        Doubt.NOBODY: _("Nobody voted."),
        Doubt.FEW_VOTES: ngettext(
            "%(n)d vote was cast; at least %(floor)d are needed.",
            "%(n)d votes were cast; at least %(floor)d are needed.",
            figures.ballots,
        )
        % {"n": figures.ballots, "floor": rule["turnout_min_votes"]},
        Doubt.SMALL_SHARE: _("%(share)s of the %(roll)s people on the roll voted; at least %(floor)s are needed.")
        % {
            "share": share_words(figures.ballots, figures.roll) or "0%",
            "roll": f"{figures.roll:,}",
            "floor": percent(rule["turnout_min_share"]),
        },
    }
    return [sentences[doubt] for doubt in figures.doubts]


def undecided(round):
    """The results of a round that wait for a person's decision."""
    return (
        Result.objects.filter(contest__round=round, outcome=Outcome.NEEDS_REVIEW)
        .select_related("contest__race__place__state", "contest__round")
        .order_by("contest")
    )


def may_endorse(result) -> bool:
    """Whether a person may decide for an endorsement: the leading candidate has the share, only turnout is low."""
    return tally_of(result).carried is not None


def decide(result, *, endorse: bool, by, now, reason) -> bool:
    """Decide a result that needs review; False when it was decided so before, or a second person has to agree.

    Refusal without a reason, before the round is counted or after it is certified, for another decision than one
    that stands, and for an endorsement without the share that the rule asks for.
    """
    if not reason.strip():
        raise Refusal(_("Say why: the reason is kept with the result."))
    wanted = Outcome.ENDORSED if endorse else Outcome.NOT_ENDORSED
    with transaction.atomic():
        # Certifying takes the round's row first too, so that no result is decided after it is certified.
        round = Round.objects.select_for_update().get(pk=result.contest.round_id)
        if round.stage not in [Round.Stage.POLLS_CLOSED, Round.Stage.COUNTED]:
            raise Refusal(_("A result is decided between the count and the certification."))
        if endorse and not may_endorse(result):
            raise Refusal(_("No candidate has the share of the votes that the rule asks for. Nobody can be endorsed."))
        if (
            endorse
            and result.outcome == Outcome.NEEDS_REVIEW
            and not seconding.settled(round, "result.endorse", result, by=by, now=now, reason=reason, tell=False)
        ):
            return False
        decided = Result.objects.filter(pk=result.pk, outcome=Outcome.NEEDS_REVIEW, certified_at=None).update(
            outcome=wanted, decided_by=by, decided_reason=reason
        )
        if decided:
            # Outcome and reason come into the journal with the certification: until then only tellers know them.
            book.record("result.decided", result, by=by, now=now)
            fingerprints.write([result], now=now)
    result.refresh_from_db()
    if not decided and (result.outcome != wanted or not result.decided_by_id):
        raise Refusal(_("This result stands as “%s”. It does not wait for a decision.") % result.get_outcome_display())
    return bool(decided)


def certify(round, *, by, now) -> int:
    """Certify every result of a round, in the caller's transaction; how many are new. Twice does nothing.

    The endorsed pass the last gate, which needs all gates before it; the others are not endorsed; whoever stood
    in a void contest waits for the next round. Refusal while a contest has no result or needs review.
    """
    Round.objects.select_for_update().get(pk=round.pk)
    missing = Contest.objects.filter(round=round, result=None).select_related("race__place__state").first()
    if missing:
        raise Refusal(_("%s has no result yet.") % missing.race)
    waiting = undecided(round).first()
    if waiting:
        raise Refusal(_("%s needs review: somebody has to decide, with a reason.") % waiting.contest.race)
    fresh = list(
        Result.objects.filter(contest__round=round, certified_at=None)
        .select_related("contest__race__place__state", "contest__round", "leading__candidacy__race__place")
        .order_by("contest")
    )
    for result in fresh:
        # The round is certified by this very transaction, whether or not its stage has moved in it yet.
        Result.objects.filter(pk=result.pk).update(certified_at=now)
        result.certified_at = now
        settle_candidates(result, by=by, now=now)
        after = {"outcome": result.outcome}
        book.record("result.certified", result, by=by, now=now, reason=result.decided_reason, after=after)
    fingerprints.write(fresh, now=now)
    return len(fresh)


def settle_candidates(result, *, by, now) -> None:
    """Move everybody who stood in the contest to what its result means for her."""
    winner = result.leading.candidacy if result.outcome == Outcome.ENDORSED else None
    stood = Candidacy.objects.filter(options__contest=result.contest, state=Candidacy.State.ON_BALLOT).distinct()
    for candidacy in stood.select_related("race__place"):
        if candidacy == winner:
            gates.require(candidacy, Gate.Kind.CLEARED)
            gates.pass_gate(candidacy, Gate.Kind.CARRIED, evidence=evidence_of(result), now=now)
            candidacies.move(candidacy, Candidacy.State.ENDORSED, by=by, now=now)
        elif result.outcome == Outcome.VOID:
            reason = result.contest.state_reason or _("The contest was void.")
            candidacies.move(candidacy, Candidacy.State.CLEARED, by=by, now=now, reason=reason)
            candidacies.roll_over(candidacy, now=now, reason=reason)
        else:
            candidacies.move(candidacy, Candidacy.State.NOT_ENDORSED, by=by, now=now)
    if winner and not Candidacy.objects.filter(pk=winner.pk, state=Candidacy.State.ENDORSED).exists():
        raise Refusal(_("%s carried the vote but is no longer on the ballot.") % winner)


def evidence_of(result) -> str:
    """What stands at the fourth gate: the figures, as far as they may be shown to everybody."""
    said = publishable(result.contest, Audience.GROUPS).sentence
    return said or _("Carried by the members’ vote")
