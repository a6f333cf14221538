"""What will be left off a round at its freeze, and why: worth knowing, never in the way (DESIGN)."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from journal.wording import in_zone
from rounds.models import Candidacy
from rounds.obstacles import Obstacle
from vetting import correcting, questionnaires
from vetting.models import Correction
from vetting.scoring import score_in_words


def obstacles(round, now) -> list:
    """Every candidacy of the round that would not be on its ballot if it froze now, and every fact that is disputed.

    The freeze settles what the ballot says. One query while all are asked.
    """
    if round.stage not in round.BEFORE_FREEZE:
        return []
    found = []
    asked = correcting.open_requests().filter(kind=Correction.Kind.BALLOT, response__candidacy=OuterRef("pk"))
    standing = Candidacy.objects.standing().filter(round=round).annotate(disputed=Exists(asked))
    shown = standing.filter(~Q(state=Candidacy.State.CLEARED) | Q(disputed=True)).with_race()
    shown = list(shown.select_related("response"))
    for candidacy in shown:
        if candidacy.disputed:
            sentence = _(
                "%(candidate)s: the campaign says that a fact on the ballot is wrong, and waits for an answer."
            )
            url = reverse("admin:vetting_vettingfile_change", args=[candidacy.pk])
            found.append(Obstacle(sentence % {"candidate": candidacy}, url=url, blocking=False))
    candidacies = [one for one in shown if one.state != Candidacy.State.CLEARED]
    responses = {one.pk: one.response for one in candidacies if hasattr(one, "response")}
    if any(one.pk not in responses for one in candidacies) and questionnaires.current(round.cycle) is None:
        sentence = _("No version of the questionnaire is current for %(cycle)s, so no campaign is asked.")
        url = reverse("admin:vetting_questionnaire_changelist")
        found.append(Obstacle(sentence % {"cycle": round.cycle}, url=url, blocking=False))
    for candidacy in candidacies:
        sentence = why_left_off(candidacy, responses.get(candidacy.pk), round, now)
        url = reverse("admin:vetting_vettingfile_change", args=[candidacy.pk])
        found.append(Obstacle(sentence, url=url, blocking=False))
    return found


def why_left_off(candidacy, response, round, now) -> str:
    """What one candidacy lacks, in a sentence."""
    words = {"candidate": candidacy}
    if candidacy.state == Candidacy.State.HELD:
        return _("%(candidate)s is on hold.") % words
    if response is None:
        return _("%(candidate)s has not been sent a questionnaire: no nomination is accepted yet.") % words
    if response.sent_at is None:
        return _("The questionnaire for %(candidate)s has not gone out yet.") % words
    if response.late:
        return _("%(candidate)s answered after the deadline: kept, not scored.") % words
    if response.passed:
        return _("%(candidate)s passed the questionnaire and waits for a decision.") % words
    words |= {"due": in_zone(response.due_at, round.time_zone), "score": score_in_words(response)}
    if response.passed is False:
        return _("%(candidate)s did not pass: %(score)s.") % words
    if response.overdue(now):
        return _("%(candidate)s sent no answers; they were due %(due)s.") % words
    if response.due_at > round.freeze_at:
        return _("%(candidate)s may answer after the roll is frozen: due %(due)s.") % words
    return _("%(candidate)s has not sent answers yet; they are due %(due)s.") % words
