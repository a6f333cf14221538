"""Issuing endorsements at certification, and telling how they end."""

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from endorsements.models import Endorsement
from endorsements.refusals import Refusal
from journal import book
from rounds import gates
from rounds.models import Candidacy, Gate, Nomination
from voting.models import Result

Status = Endorsement.Status

# How an endorsement may go on after it was issued (process.md 3, 10.4, 10.5).
MOVES = {
    Status.ISSUED: [Status.LOST_PRIMARY, Status.LOST_GENERAL, Status.WON, Status.RESCINDED, Status.LAPSED],
    Status.LOST_PRIMARY: [Status.ISSUED],
    Status.LOST_GENERAL: [Status.ISSUED],
    Status.WON: [Status.ISSUED, Status.RESCINDED],
    Status.RESCINDED: [],
    Status.LAPSED: [],
}


def issue_all(round, *, now):
    """Issue an endorsement for each candidacy that the members carried in this round; twice adds nothing."""
    carried = Result.objects.filter(
        contest__round=round, outcome=Result.Outcome.ENDORSED, certified_at__isnull=False
    ).select_related("leading__candidacy__race__place", "leading__candidacy__race__cycle")
    return [issue(result.leading.candidacy, round, now=now) for result in carried]


def issue(candidacy, round, *, now):
    """The endorsement of one candidacy; Refusal while one of the four gates is missing."""
    gates.require(candidacy, Gate.Kind.CARRIED)
    with transaction.atomic():
        endorsement, new = Endorsement.objects.get_or_create(
            candidacy=candidacy,
            defaults={
                "round": round,
                "slug": slug_of(candidacy),
                "issued_at": now,
                "reason": reason_from_groups(candidacy),
            },
        )
        if new:
            book.record("endorsement.issued", endorsement, by=None, now=now, after={"candidacy": candidacy.pk})
    return endorsement


def slug_of(candidacy):
    """maria-santos-ma-07-2026: stays for good, and two people of one name never meet."""
    race = candidacy.race
    wanted = slugify(f"{candidacy.name} {race.label} {race.cycle.year}")[:150] or f"endorsed-{candidacy.pk}"
    return f"{wanted}-{candidacy.pk}" if Endorsement.objects.filter(slug=wanted).exists() else wanted


def reason_from_groups(candidacy):
    """The first draft of the public reason: what the groups wrote, each under its name, at most 6,000 characters."""
    nominations = (
        Nomination.objects.counting().filter(candidacy=candidacy).select_related("group").order_by("submitted_at")
    )
    parts = [
        _("%(group)s: %(statement)s") % {"group": nomination.group.name, "statement": nomination.statement}
        for nomination in nominations
        if nomination.statement
    ]
    return "\n\n".join(parts)[:6000]


def settle(endorsement, to, *, note, by, now):
    """Tell how an endorsement went on (won, lost, withdrawn), with a note that stands on its page."""
    if to not in MOVES[Status(endorsement.status)]:
        raise Refusal(
            _("“%(before)s” can’t become “%(after)s”.")
            % {"before": endorsement.get_status_display(), "after": Status(to).label}
        )
    with transaction.atomic():
        before = endorsement.status
        moved = Endorsement.objects.filter(pk=endorsement.pk, status=before).update(status=to, status_note=note)
        if moved:
            book.record(
                "endorsement.status",
                endorsement,
                by=by,
                now=now,
                reason=note,
                before={"status": before},
                after={"status": to},
            )
    endorsement.refresh_from_db()
    return bool(moved)


def candidacies_decided(round):
    """The candidacies that stood on this round's ballots, with race and place; not those that wait for another."""
    return (
        Candidacy.objects.filter(round=round, options__contest__round=round)
        .distinct()
        .with_race()
        .prefetch_related("nominations__group")
        .order_by("pk")
    )
