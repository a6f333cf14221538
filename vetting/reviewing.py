"""What staff decide of a candidacy: clear, hold or decline, each with a reason (process.md 4.5, 8.7)."""

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from mailings import queue
from rounds import candidacies, gates, seconding
from rounds.models import Candidacy, Gate
from vetting import concerned, scoring, verdicts
from vetting.models import Response, Review
from vetting.refusals import Refusal

Decision = Review.Decision
State = Candidacy.State

LEADS_TO = {Decision.CLEAR: State.CLEARED, Decision.HOLD: State.HELD, Decision.DECLINE: State.DECLINED}
REVIEWABLE = [*Candidacy.STANDING, State.DECLINED]
LONGEST = verdicts.LONGEST


def clear(candidacy, *, by, now, reason, call_with_groups="", sources="", without_third=""):
    """Clear the candidacy: it passes the third gate and may go on a ballot; returns the Review.

    Raises Refusal unless a group's endorsement and recommendation stand and the campaign's answers passed.
    Twice does no harm: the first decision stands.
    """
    said = {"reason": reason, "call_with_groups": call_with_groups, "sources": sources, "without_third": without_third}
    return decide(candidacy, Decision.CLEAR, said, by=by, now=now)


def hold(candidacy, *, by, now, reason, call_with_groups="", sources="", without_third=""):
    """Put the candidacy on hold: it stands, and no ballot takes it; returns the Review. Raises Refusal."""
    said = {"reason": reason, "call_with_groups": call_with_groups, "sources": sources, "without_third": without_third}
    return decide(candidacy, Decision.HOLD, said, by=by, now=now)


def decline(candidacy, *, by, now, reason, call_with_groups="", sources="", without_third=""):
    """Decline the candidacy; returns the Review. Raises Refusal without a talk with its groups (process.md 4.5).

    The talk is said here, or stands in the file as a call.
    """
    call_with_groups = call_with_groups.strip() or verdicts.calls_in_words(candidacy)[:LONGEST]
    if not call_with_groups:
        raise Refusal(_("Before you decline, talk with the groups and write down when and with whom."))
    said = {"reason": reason, "call_with_groups": call_with_groups, "sources": sources, "without_third": without_third}
    return decide(candidacy, Decision.DECLINE, said, by=by, now=now)


def decide(candidacy, decision, said, *, by, now):
    """Write a review and what follows from it: state, gate, journal, letters to the groups. One transaction.

    The same decision for the same reason is made once; a hold or a decline may be given a new reason.
    To clear or decline against every verdict takes a second person where the round asks for one: None says that it
    is only asked for, until somebody else decides the same. Refusal for who recused herself, and while a third
    opinion is awaited, unless without_third says why.
    """
    said = {name: verdicts.check(text) for name, text in said.items()}
    if not said["reason"]:
        raise Refusal(_("Give the reason: the groups read it."))
    with transaction.atomic():
        # Two reviewers may decide at once: the second waits here and then sees what the first did.
        held = Candidacy.objects.select_for_update(of=("self",)).with_race().get(pk=candidacy.pk)
        standing = held.reviews.first()
        if already(held, standing, decision, said):
            candidacy.refresh_from_db(fields=["state", "round"])
            return standing
        if held.state not in REVIEWABLE:
            raise Refusal(
                _("%(candidate)s is “%(state)s”: vetting is over.")
                % {"candidate": held, "state": held.get_state_display()}
            )
        verdicts.check_not_recused(held, by)
        if not verdicts.third_wanted(held):
            said["without_third"] = ""
        elif not said["without_third"]:
            raise Refusal(_("Two verdicts differ: wait for a third opinion, or say why you decide without it."))
        if decision == Decision.CLEAR:
            evidence = evidence_for(held, by, said["reason"])
        if decision != Decision.HOLD and held.round and verdicts.overridden(held, decision):
            asked_for = {"facts": {"decision": str(decision)}, "by": by, "now": now, "reason": said["reason"]}
            if not seconding.settled(held.round, verdicts.OVERRIDE, held, **asked_for):
                return None
        review = Review.objects.create(candidacy=held, decision=decision, decided_by=by, decided_at=now, **said)
        if decision == Decision.CLEAR:
            gates.pass_gate(held, Gate.Kind.CLEARED, evidence=evidence, now=now)
        else:
            gates.take_back(held, Gate.Kind.CLEARED, by=by, now=now, reason=said["reason"])
        after = {"review": review.pk}
        if said["without_third"]:
            after["without_third"] = said["without_third"]
        book.record(f"review.{decision}", held, by=by, now=now, reason=said["reason"], after=after)
        candidacies.move(held, LEADS_TO[decision], by=by, now=now, reason=said["reason"])
        seats = concerned.leaders_behind(held).values_list("pk", flat=True)
        about = {"now": now, "topic": f"race:{held.race_id}", "subject": review.pk}
        queue.enqueue("vetting.outcome", seats=seats, **about)
        if decision != Decision.HOLD:
            asked = Response.objects.filter(candidacy=held).values_list("pk", flat=True)
            queue.enqueue("vetting.decided", seats=asked, **about)
    candidacy.refresh_from_db(fields=["state", "round"])
    return review


def already(candidacy, standing, decision, said) -> bool:
    """Whether this decision stands already: a cleared candidacy is not cleared again."""
    if standing is None or standing.decision != decision or candidacy.state != LEADS_TO[decision]:
        return False
    return decision == Decision.CLEAR or standing.reason == said["reason"]


def evidence_for(candidacy, by, reason) -> str:
    """What the third gate rests on; Refusal names what is missing."""
    gates.require(candidacy, Gate.Kind.RECOMMENDED)
    response = Response.objects.filter(candidacy=candidacy).first()
    if response is None or response.submitted_at is None:
        raise Refusal(_("The campaign of %(name)s has not sent its answers yet.") % {"name": candidacy.name})
    if response.passed is None:
        raise Refusal(_("The answers came after the deadline and were not scored. Give more time first."))
    if not response.passed:
        raise Refusal(_("The answers did not pass: %(score)s.") % {"score": scoring.score_in_words(response)})
    return _("%(score)s; cleared by %(who)s: %(reason)s") % {
        "score": scoring.score_in_words(response),
        "who": by,
        "reason": reason,
    }
