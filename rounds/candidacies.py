"""What happens to a candidacy: the one gate of its state, its round, and its way onto a ballot."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from journal import book
from rounds import admission, gates, local_votes, posting
from rounds.models import Candidacy, Contest, ContestOption, Gate, Nomination, Race, Round
from rounds.refusals import Refusal

State = Candidacy.State
Kind = ContestOption.Kind

# from: where a candidacy may go. From the ballot back to CLEARED: its round was cancelled.
# From WITHDRAWN and NOT_ENDORSED to NOMINATED: a group named her anew (process.md 11, letter 20).
MOVES = {
    State.NOMINATED: [State.CLEARED, State.HELD, State.DECLINED, State.WITHDRAWN],
    State.CLEARED: [State.ON_BALLOT, State.HELD, State.DECLINED, State.WITHDRAWN],
    State.HELD: [State.CLEARED, State.DECLINED, State.WITHDRAWN],
    State.DECLINED: [State.CLEARED, State.HELD, State.WITHDRAWN],
    State.ON_BALLOT: [State.ENDORSED, State.NOT_ENDORSED, State.CLEARED, State.WITHDRAWN],
    State.ENDORSED: [],
    State.NOT_ENDORSED: [State.NOMINATED],
    State.WITHDRAWN: [State.NOMINATED],
}

# The one guard: no ballot and no endorsement without the gates before it (DESIGN, four gates).
GATES_BEFORE = {
    State.CLEARED: Gate.Kind.RECOMMENDED,
    State.ON_BALLOT: Gate.Kind.CLEARED,
    State.ENDORSED: Gate.Kind.CARRIED,
}


def move(candidacy, to, *, by, now, reason="") -> bool:
    """Move the candidacy to a state; True when this call did it, False when it stood there or somebody was faster.

    candidacy is refreshed either way. Raises Refusal for a move that is not in the table or lacks a gate.
    """
    before, to = State(candidacy.state), State(to)
    if before == to:
        return False
    if to not in MOVES[before]:
        raise Refusal(
            _("%(candidate)s is “%(before)s” and can’t become “%(after)s”.")
            % {"candidate": candidacy, "before": before.label, "after": to.label}
        )
    if to in GATES_BEFORE:
        gates.require(candidacy, GATES_BEFORE[to])
    with transaction.atomic():
        # Two people may decide at once: the state we read is the condition, so one of them changes no row.
        moved = Candidacy.objects.filter(pk=candidacy.pk, state=before).update(state=to)
        if moved:
            book.record(
                "candidacy.state",
                candidacy,
                by=by,
                now=now,
                reason=reason,
                before={"state": before},
                after={"state": to},
            )
    candidacy.refresh_from_db(fields=["state", "round"])
    return bool(moved)


def enter(candidacy, round, *, now) -> bool:
    """Let a candidacy without a round stand in this one; False when it stands in a round already."""
    with transaction.atomic():
        entered = Candidacy.objects.filter(pk=candidacy.pk, round=None).update(round=round)
        if entered:
            book.record("candidacy.entered", candidacy, by=None, now=now, after={"round": round.pk})
    candidacy.refresh_from_db(fields=["state", "round"])
    return bool(entered)


def roll_over(candidacy, *, now, reason) -> bool:
    """Let a candidacy wait for the next round, with a letter to its groups' leaders; False when in no round."""
    left = candidacy.round_id
    if left is None:
        return False
    with transaction.atomic():
        moved = Candidacy.objects.filter(pk=candidacy.pk, round=left, state__in=Candidacy.STANDING).update(round=None)
        if moved:
            book.record("candidacy.rolled_over", candidacy, by=None, now=now, reason=reason, before={"round": left})
            posting.tell_leaders("rounds.moved", posting.counting_nominations(candidacy), now=now, wave=left)
    candidacy.refresh_from_db(fields=["state", "round"])
    return bool(moved)


def withdraw(candidacy, *, by, now, reason) -> bool:
    """The candidate leaves: off the round, or off its ballot, and her groups are told (process.md 10.1).

    Before voting opens the contest goes on with the others. Once it has opened, the contest of a sole
    candidate is void, any other stops. Raises Refusal once the polls have closed.
    """
    if not reason.strip():
        raise Refusal(_("Say why the candidate withdraws."))
    with transaction.atomic():
        option = None
        if candidacy.state == State.ON_BALLOT:
            option = (
                candidacy.options.filter(contest__round=candidacy.round_id).select_related("contest__round").first()
            )
        if option:
            # The stage can't change while its row is held.
            round = Round.objects.select_for_update().get(pk=option.contest.round_id)
            if round.stage not in [Round.Stage.FROZEN, Round.Stage.VOTING]:
                raise Refusal(_("The polls have closed. The result stands; an endorsement can be ended later."))
        moved = move(candidacy, State.WITHDRAWN, by=by, now=now, reason=reason)
        if moved:
            if option:
                leave_ballot(option.contest, round, by=by, now=now, reason=reason)
            posting.tell_leaders("rounds.withdrawn", posting.counting_nominations(candidacy), now=now)
    return moved


def check_correction(candidacy, changes):
    """Raise Refusal once she is on a ballot (what voters read stays), and for a name another candidacy has."""
    if candidacy.state not in Candidacy.STANDING:
        raise Refusal(
            _("%(candidate)s is “%(state)s”: nothing written there can be changed now.")
            % {"candidate": candidacy, "state": candidacy.get_state_display()}
        )
    key = admission.name_key(changes.get("name", candidacy.name))
    if Candidacy.objects.filter(race=candidacy.race_id, name_key=key).exclude(pk=candidacy.pk).exists():
        raise Refusal(_("There is a candidacy of this name in the race already."))


def correct(candidacy, *, by, now, **changes) -> bool:
    """Mend what is written of a candidate; a new name is folded anew. False when nothing changed."""
    with transaction.atomic():
        held = Candidacy.objects.select_for_update().get(pk=candidacy.pk)
        changes = {field: value for field, value in changes.items() if value != getattr(held, field)}
        if not changes:
            return False
        check_correction(held, changes)
        if "name" in changes:
            changes["name_key"] = admission.name_key(changes["name"])
        before = {field: getattr(held, field) for field in changes}
        Candidacy.objects.filter(pk=held.pk).update(**changes)
        book.record("candidacy.corrected", held, by=by, now=now, before=before, after=changes)
    candidacy.refresh_from_db()
    return True


def leave_ballot(contest, round, *, by, now, reason):
    """Settle a contest that has lost a candidate: make its options anew, stop it, or void it."""
    rest = list(Candidacy.objects.filter(options__contest=contest, state=State.ON_BALLOT).distinct())
    if not rest:
        move_contest(contest, Contest.State.VOID, by=by, now=now, reason=reason)
    elif round.stage == Round.Stage.FROZEN:
        contest.options.all().delete()
        Contest.objects.filter(pk=contest.pk).update(ballot=ballot_for(rest))
        ContestOption.objects.bulk_create(options_for(contest, rest))
        book.record("contest.options", contest, by=by, now=now, reason=reason, after={"candidates": len(rest)})
    else:
        move_contest(contest, Contest.State.STOPPED, by=by, now=now, reason=reason)


def move_contest(contest, to, *, by, now, reason) -> bool:
    """The one gate of a contest's state: it stands until it is stopped or void, and then stays so."""
    with transaction.atomic():
        moved = Contest.objects.filter(pk=contest.pk, state=Contest.State.OPEN).update(state=to, state_reason=reason)
        if moved:
            change = {"before": {"state": Contest.State.OPEN}, "after": {"state": to}}
            book.record("contest.state", contest, by=by, now=now, reason=reason, **change)
    contest.refresh_from_db()
    return bool(moved)


@dataclass(frozen=True)
class Conflict:
    """A race in which groups named different people. Flagged, never blocked (process.md 4.3)."""

    race: Race
    candidacies: list


def conflicts(scope) -> list:
    """The conflicts of a race (in its whole cycle) or of a round, by race; two queries."""
    where = Q(race=scope) if isinstance(scope, Race) else Q(round=scope)
    named = Nomination.objects.counting().values("candidacy")
    alive = Candidacy.objects.filter(where, state__in=[*Candidacy.STANDING, State.ON_BALLOT], pk__in=named)
    doubled = alive.order_by().values("race").annotate(n=Count("pk")).filter(n__gt=1).values("race")
    found = {}
    for candidacy in alive.filter(race__in=doubled).with_race().order_by("race", "name"):
        found.setdefault(candidacy.race_id, Conflict(candidacy.race, [])).candidacies.append(candidacy)
    return list(found.values())


def make_contests(round, *, now) -> int:
    """Put the round's cleared candidacies on its ballots and return how many contests are new.

    Every other standing candidacy of the round waits for the next one, with a letter. A race without a cleared
    candidate makes no contest. One transaction per race; calling it again adds nothing. Raises Refusal unless
    the round is frozen.
    """
    if round.stage != Round.Stage.FROZEN:
        raise Refusal(_("Contests are made when the roll is frozen."))
    races = Race.objects.filter(candidacies__round=round, candidacies__state__in=Candidacy.STANDING).distinct()
    return sum(make_contest(round, race, now=now) for race in races.order_by("pk"))


def make_contest(round, race, *, now) -> bool:
    """The contest of one race, in one transaction; True when it is new."""
    with transaction.atomic():
        # Two ticks may meet: the second waits here and then finds nobody standing.
        Race.objects.select_for_update().get(pk=race.pk)
        standing = list(Candidacy.objects.filter(round=round, race=race).standing().order_by("pk"))
        exists = Contest.objects.filter(round=round, race=race).exists()
        cleared = [] if exists else [one for one in standing if one.state == State.CLEARED]
        for candidacy in standing:
            if candidacy not in cleared:
                roll_over(candidacy, now=now, reason=left_off(candidacy))
        if not cleared:
            return False
        contest = Contest.objects.create(round=round, race=race, ballot=ballot_for(cleared))
        ContestOption.objects.bulk_create(options_for(contest, cleared))
        for candidacy in cleared:
            move(candidacy, State.ON_BALLOT, by=None, now=now)
        book.record("contest.made", contest, by=None, now=now, after={"candidates": len(cleared)})
    return True


def left_off(candidacy) -> str:
    """Why a standing candidacy is not on the ballot, in words for its groups."""
    if candidacy.state == State.HELD:
        return _("Staff have put it on hold.")
    if candidacy.state == State.CLEARED:
        return _("The ballot was already made.")
    return _("The questionnaire or the vetting was not finished when the roll was frozen.")


def ballot_for(candidacies) -> str:
    """Yes or No for one candidate, choose one for several."""
    return Contest.Ballot.YES_NO if len(candidacies) == 1 else Contest.Ballot.CHOOSE_ONE


def options_for(contest, candidacies) -> list:
    """The options as numbered at the freeze: 0 skips; then Yes and No, or everybody by name and No endorsement.

    Groups that endorsed somebody at home without a nomination are named with her; later ones are not added.
    """
    at_home = local_votes.at_home(candidacies)

    def option(candidacy, kind, number):
        named = sorted(group.name for group in at_home[candidacy.pk].groups if group.active)
        return ContestOption(contest=contest, number=number, kind=kind, candidacy=candidacy, co_endorsing=named)

    options = [ContestOption(contest=contest, number=0, kind=Kind.SKIP)]
    if len(candidacies) == 1:
        return [*options, option(candidacies[0], Kind.YES, 1), ContestOption(contest=contest, number=2, kind=Kind.NO)]
    for candidacy in sorted(candidacies, key=lambda one: (one.name_key, one.pk)):
        options.append(option(candidacy, Kind.CANDIDATE, len(options)))
    options.append(ContestOption(contest=contest, number=len(options), kind=Kind.NONE))
    return options


def contests_left(round) -> int:
    """How many races of the round still have a standing candidacy: the freeze's work left."""
    return Candidacy.objects.filter(round=round).standing().order_by().values("race").distinct().count()
