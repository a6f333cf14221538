"""Grave acts of a round that asks for a second person: one asks, another agrees to the very same thing."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal import approvals
from journal.wording import in_zone
from rounds.models import Round
from rounds.obstacles import Obstacle
from rounds.refusals import Refusal

OPEN, UNSEAL = "round.open", "round.unseal"
# What the first of two people is told.
ASKED = gettext_lazy("You have asked for it. A second person has to agree within 24 hours.")
TELLER = "voting.see_uncertified"
MEMBERS = "groups.view_member"
ABOUT_RESULTS = "result."
# Who may know of a request, by what it is about. How a result comes out, tellers alone know until it is certified.
TOLD_TO = {
    (ABOUT_RESULTS,): TELLER,
    ("roll.", "ballot.", "member."): MEMBERS,
    ("review.", "answer."): "vetting.view_vettingfile",
    ("round.", "contest."): "rounds.view_round",
}
# The stage in which people agree to it.
BEFORE = {OPEN: Round.Stage.FROZEN, UNSEAL: Round.Stage.POLLS_CLOSED}


def settled(round, action, subject, *, facts=None, by, now, reason, tell=True, wanted=None) -> bool:
    """Whether the act may be done now. False: by has only asked, and another person has to agree within a day.

    Two are wanted where the round says so, or by wanted. Refusal for who asked herself, and where something else is
    asked for. In the caller's transaction.
    """
    if not (round.second_person if wanted is None else wanted):
        return True
    facts = facts or {}
    waiting = approvals.standing(action, subject, now)
    if waiting is None:
        approvals.ask(action, subject, by=by, reason=reason, now=now, facts=facts, tell=tell)
        return False
    if waiting.facts != facts:
        raise Refusal(
            _("%(name)s asked for something else. Agree to just that, or have the request taken back first.")
            % {"name": waiting.asked_name}
        )
    if not approvals.agree(waiting, by=by, now=now, tell=tell):
        raise Refusal(_("You asked for this yourself. A second person has to agree."))
    return True


def asks(round) -> bool:
    """Whether anything of this round can wait for a second person; a real one may have done so by earlier rules."""
    return not round.rehearsal or round.second_person or round.certification == Round.Certification.TWO


def seen_by(user, requests):
    """Those of the requests that this person may know of."""
    for actions, permission in TOLD_TO.items():
        if not user.has_perm(permission):
            for action in actions:
                requests = requests.exclude(action__startswith=action)
    return requests


def facts_of(round, action) -> dict:
    """What an agreement to open is about: the dates as they stood. A later change of them ends it."""
    instant = round.voting_opens_at if action == OPEN else round.voting_closes_at
    return {"at": instant.isoformat()}


def agreed(round, action) -> bool:
    """Whether the vote, or its envelopes, may be opened: two people want it, or the round asks for nobody."""
    if not round.second_person:
        return True
    given = approvals.given(action, round)
    return given is not None and given.facts == facts_of(round, action)


def agree_to(round, action, *, by, now, reason) -> bool:
    """Ask to open the vote or its envelopes, or agree to it; True when two people have.

    Refusal outside the stage that comes before it, for the same person twice, and where it is agreed already.
    """
    if round.stage != BEFORE[action]:
        raise Refusal(_("This round stands at “%s”: there is nothing to open.") % round.get_stage_display())
    if agreed(round, action):
        raise Refusal(_("Two people have agreed already. The clock opens it when it is time."))
    return settled(round, action, round, facts=facts_of(round, action), by=by, now=now, reason=reason)


def obstacles(round, now):
    """That nobody, or only one person, has agreed to open what comes next."""
    action = {stage: action for action, stage in BEFORE.items()}.get(round.stage)
    if action is None or agreed(round, action):
        return
    waiting = approvals.standing(action, round, now)
    words = {"when": in_zone(round.voting_opens_at, round.time_zone)}
    if waiting is None and action == OPEN:
        sentence = _("Two people have to agree that the vote opens %(when)s. Nobody has yet.") % words
    elif waiting is None:
        sentence = _("Two people have to agree that the envelopes are opened. Nobody has yet.")
    else:
        sentence = _("%(name)s wants it to be opened. A second person has to agree.") % {"name": waiting.asked_name}
    yield Obstacle(sentence)
