"""A vetting file: all that a reviewer needs to see of a candidacy, read together (ux.md S2, process.md 8.7)."""

from rounds import candidacies, gates, local_votes
from vetting import concerned, phoning, sheet
from vetting.models import Response
from vetting.scoring import score_in_words


def file_of(candidacy, *, now) -> dict:
    """Everything about a candidacy by its name on the desk's page; a handful of queries however much there is."""
    nominations = candidacy.nominations.counting().select_related("group", "local_endorsement")
    response = Response.objects.select_related("questionnaire").filter(candidacy=candidacy).first()
    if response:
        response.candidacy = candidacy
    sent = response is not None and response.submitted_at is not None
    partners = list(candidacy.partner_endorsements.all())
    return {
        "candidacy": candidacy,
        "nominations": list(nominations.prefetch_related("local_endorsement__joint_groups").order_by("submitted_at")),
        "response": response,
        "to_phone": response is not None and phoning.to_phone().filter(pk=response.pk).exists(),
        "overdue": response is not None and response.submitted_at is None and response.overdue(now),
        "sheet": sheet.sheet_of(response) if sent else None,
        "score": score_in_words(response) if sent else "",
        "partners": partners,
        "rivals": rivals_of(candidacy),
        "at_home": local_votes.at_home([candidacy])[candidacy.pk],
        "gates": gates.board([candidacy])[candidacy.pk],
        "corrections": list(response.corrections.select_related("question")) if response else [],
        "reviews": list(candidacy.reviews.select_related("decided_by")),
        "zone": concerned.zone_of(candidacy),
    }


def rivals_of(candidacy) -> list:
    """Others whom groups named in the same race."""
    return [
        rival
        for conflict in candidacies.conflicts(candidacy.race)
        for rival in conflict.candidacies
        if rival.pk != candidacy.pk
    ]
