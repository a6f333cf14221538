"""What people may do to a running round: extend, pause, resume, cancel, its rules, a contest. Each with a reason."""

from datetime import UTC

from django.db import transaction
from django.utils.translation import gettext as _

from endorsements import chores, telling
from endorsements.models import Chore
from endorsements.refusals import Refusal
from mailings import queue
from rounds import announcement, candidacies, planning, seconding, staging
from rounds.models import Candidacy, Contest, Round
from voting import ballotbox, ceremony, posting

Certification = Round.Certification


def extend(round, *, voting_closes_at, by, now, reason) -> bool:
    """Move the end of an open vote to a later instant and tell everybody on the roll (process.md 10.3).

    False where the round wants a second person, who has to agree to the same instant.
    """
    needs(reason)
    facts = {"voting_closes_at": voting_closes_at.astimezone(UTC).isoformat()}
    with transaction.atomic():
        # The closer takes the same lock: a vote is either extended or closed, never both.
        ballotbox.lock_exclusive(round.pk)
        round.refresh_from_db()
        if not planning.check_extension(round, voting_closes_at=voting_closes_at, now=now):
            return True  # it ends then already
        if not seconding.settled(round, "round.extend", round, facts=facts, by=by, now=now, reason=reason):
            return False
        planning.extend(round, voting_closes_at=voting_closes_at, by=by, now=now, reason=reason)
        posting.enqueue_extended(round, now=now)
    return True


def pause(round, *, by, now, reason):
    """Take no votes and send no letters of the round until resume; the page says so."""
    needs(reason)
    with transaction.atomic():
        ballotbox.lock_exclusive(round.pk)
        planning.pause(round, by=by, now=now, reason=reason)
        queue.stop(round.topic, reason=reason, now=now, by=by)  # they name a closing time that will move


def resume(round, *, by, now, reason):
    """Take votes again; the end moves by as long as the pause took, and everybody on the roll is told."""
    needs(reason)
    with transaction.atomic():
        ballotbox.lock_exclusive(round.pk)
        planning.resume(round, by=by, now=now, reason=reason)
        queue.resume(round.topic, now=now, by=by)
        posting.enqueue_extended(round, now=now)


def move_announcement(round, *, announce_at, by, now, reason) -> int | None:
    """Let the results go public at another instant. How many are told of it; None where it is that instant already.

    Told are the leaders whose letter named the old one under embargo (process.md 10).
    """
    needs(reason)
    with transaction.atomic():
        if not announcement.move(round, announce_at=announce_at, by=by, now=now, reason=reason):
            return None
        return telling.announcement_moved(round, now=now) if round.stage == Round.Stage.CERTIFIED else 0


def cancel(round, *, by, now, reason):
    """End a round before it is certified: envelopes and keys are destroyed unopened, candidacies wait again.

    Those on the roll of an open vote are told. Twice does nothing. False where a second person has to agree first.
    """
    needs(reason)
    if round.stage == Round.Stage.CANCELLED:
        return False
    if round.stage not in Round.BEFORE_CERTIFIED:
        raise Refusal(_("A certified round can’t be cancelled; correct it with a note instead."))
    told = round.stage in (Round.Stage.FROZEN, Round.Stage.VOTING)
    with transaction.atomic():
        ballotbox.lock_exclusive(round.pk)
        if not seconding.settled(round, "round.cancel", round, by=by, now=now, reason=reason):
            return False
        if not staging.move(round, Round.Stage.CANCELLED, by=by, now=now, reason=reason):
            return False
        round.chores.filter(done_at=None).delete()
        queue.expire(round.topic, now=now, reason="the round was cancelled")
        for candidacy in round.candidacies.filter(state__in=[*Candidacy.STANDING, Candidacy.State.ON_BALLOT]):
            if candidacy.state == Candidacy.State.ON_BALLOT:
                candidacies.move(candidacy, Candidacy.State.CLEARED, by=by, now=now, reason=reason)
            candidacies.roll_over(candidacy, now=now, reason=_("The round was cancelled: %s") % reason)
        if told:
            posting.enqueue_stopped(round, now=now)
    # Outside the transaction: what is destroyed must not come back with a rollback, and SQLite can't vacuum inside.
    if not ballotbox.destroy_envelopes(round):
        chores.begin(round, [Chore.Name.DESTROY])  # not this process's to do: the next tick of another does it
    ceremony.destroy_keys(round, by=by, now=now)
    return True


def change_rules(round, *, by, now, reason, **rules) -> bool:
    """Change the round's rules (planning.change_rules). False where a second person has to agree first.

    That is where fewer people than before would have to want what is grave, in a round that is under way: otherwise
    one person alone could do without the second.
    """
    needs(reason)
    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=round.pk)
        facts = {field: value for field, value in rules.items() if value != getattr(held, field)}
        loosened = held.stage != Round.Stage.DRAFT and asks_fewer(held, facts)
        if not seconding.settled(
            held, "round.rules", held, facts=facts, by=by, now=now, reason=reason, wanted=loosened
        ):
            return False
        planning.change_rules(round, by=by, now=now, reason=reason, **rules)
    return True


def asks_fewer(round, changes) -> bool:
    """Whether these changes would let fewer people do what is grave in the round."""
    order = [Certification.AUTOMATIC, Certification.ONE, Certification.TWO]
    lowered = order.index(changes.get("certification", round.certification)) < order.index(round.certification)
    guarded = round.second_person or round.certification == Certification.TWO
    return guarded and (lowered or (round.second_person and changes.get("second_person") is False))


def void(contest, *, by, now, reason):
    """Take a contest out of a round before it is counted: no shares are computed, its voters are told.

    A sentence where the round wants a second person, and this was the first.
    """
    needs(reason)
    if contest.round.stage not in (Round.Stage.FROZEN, Round.Stage.VOTING, Round.Stage.POLLS_CLOSED):
        raise Refusal(_("A contest can only be void between the freeze and its count."))
    with transaction.atomic():
        ballotbox.lock_exclusive(contest.round_id)
        if not seconding.settled(contest.round, "contest.void", contest, by=by, now=now, reason=reason):
            return str(seconding.ASKED)
        changed = candidacies.move_contest(contest, Contest.State.VOID, by=by, now=now, reason=reason)
        if changed:
            posting.enqueue_stopped(contest.round, now=now)
    return changed


def withdraw(candidacy, *, by, now, reason):
    """The candidate leaves; where a vote on her is open, its voters are told (process.md 10.1).

    A sentence where she is on a ballot, the round wants a second person, and this was the first.
    """
    needs(reason)
    round, voting = candidacy.round, candidacy.state == Candidacy.State.ON_BALLOT
    with transaction.atomic():
        if voting:
            ballotbox.lock_exclusive(round.pk)
            if not seconding.settled(round, "candidacy.withdraw", candidacy, by=by, now=now, reason=reason):
                return str(seconding.ASKED)
        left = candidacies.withdraw(candidacy, by=by, now=now, reason=reason)
        if left and voting and round.stage == Round.Stage.VOTING:
            posting.enqueue_stopped(round, now=now)
    return left


def needs(reason):
    """Refuse an act without a reason."""
    if not reason.strip():
        raise Refusal(_("Say why: the reason stands in the journal, and people are told."))
